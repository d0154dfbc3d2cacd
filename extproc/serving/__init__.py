"""The door: gRPC on Unix sockets, worker processes, health, drain. The exchange itself is in `extproc.exchange`."""
