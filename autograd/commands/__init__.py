"""The commands of `python -m autograd`, one module for each, named as the command.

A module has `SUMMARY`, one line for the list of commands; `arguments(parser)`, which declares its
arguments on an `argparse.ArgumentParser`; and `run(options)`, which does it and returns the exit
code: 0, or 1 for a negative result. What the user has to change is a `source.UsageError`: exit
code 2. The module's docstring is its help.
"""
