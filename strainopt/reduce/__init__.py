"""Smaller networks with the same designs, each step with its inverse."""
