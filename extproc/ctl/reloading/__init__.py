"""Another config while the gateway runs: tried out, then put in force in Envoy and in the workers at once."""
