"""What can be read from a Trace, and small experiments of their own. NumPy alone; every function is exact."""
