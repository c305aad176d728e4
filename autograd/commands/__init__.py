"""What `python -m autograd` can do: one module per command, with `add_arguments` and `run`."""


class UsageError(Exception):
    """Something that the user can correct, said in one sentence."""
