"""The design question and its verified answer."""
