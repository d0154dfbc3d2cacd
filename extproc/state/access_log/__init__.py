"""Envoy's gRPC access log: the stream of it, and what an entry says of a turn."""
