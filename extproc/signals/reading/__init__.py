"""Conversations as rows, from whatever form they come in."""
