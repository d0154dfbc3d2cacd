"""How good the detectors of signals are, on conversations labelled by hand, and how fast."""
