"""Bad inputs for every public callable: see `test_bad_inputs`."""
