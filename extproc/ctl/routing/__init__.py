"""``planoctl route``: what a router says of a text, and how often it is right on many."""
