"""The published bilevel reformulations as mixed-integer programs."""
