"""Random programs on tensors against a naive reference; see `tests.fuzz.machine`."""
