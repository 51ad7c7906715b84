"""`python -m strainopt`, where the command itself is not on the path."""

from strainopt.cli.main import main

if __name__ == "__main__":
    main()
