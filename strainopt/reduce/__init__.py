"""Smaller networks with the same designs; each reduction brings its inverse. And the candidates that remain."""
