"""The door: gRPC on Unix sockets, worker processes, health, drain. What is served is `extproc.exchange`."""
