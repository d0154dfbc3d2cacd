"""The gateway as planoctl runs it: one process that supervises plano-extproc and Envoy."""
