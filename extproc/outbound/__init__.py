"""Calls that an exchange makes while its request is held: to router models, and to the agents of a chain.

They go through a listener of Envoy's that only we can reach, so that keys, TLS, name resolution and
connection pools are those of every other request.
"""
