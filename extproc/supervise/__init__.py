"""Keeps child processes running: restarts those that crash, stops all in order, leaves none behind."""
