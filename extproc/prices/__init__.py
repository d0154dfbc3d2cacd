"""What a token of a model costs and how fast the model answers: from price lists, and from Prometheus."""
