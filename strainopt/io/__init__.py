"""Reading models and tables; the only layer that knows cobra."""
