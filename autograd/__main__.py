"""`python -m autograd <command>`: one module in `autograd.commands` for each command."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence

from . import commands
from .commands.source import UsageError

# A module of a command has these: what it is for in one line, its arguments, and the doing, which
# returns the exit code. Help reads all of them, so they import at the top what is light.
_PARTS = ("SUMMARY", "arguments", "run")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is that of the command, 2 for a wrong call."""
    parser = argparse.ArgumentParser(prog="python -m autograd", description=__doc__)
    subparsers = parser.add_subparsers(metavar="command", required=True)
    for info in pkgutil.iter_modules(commands.__path__):
        module = importlib.import_module(f"{commands.__name__}.{info.name}")
        if all(hasattr(module, part) for part in _PARTS):
            subparser = subparsers.add_parser(
                info.name,
                help=module.SUMMARY,
                description=module.__doc__,
                formatter_class=argparse.RawDescriptionHelpFormatter,
            )
            module.arguments(subparser)
            subparser.set_defaults(run=module.run)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except UsageError as error:
        print(f"python -m autograd: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
