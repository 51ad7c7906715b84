"""Linear and mixed-integer programs, and the solvers that answer them."""
