"""A person at a terminal talks to a listener: finding it, asking it, showing what it says."""
