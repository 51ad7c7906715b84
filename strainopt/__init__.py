"""strainopt: verified knockout designs for growth-coupled production."""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("strainopt")
