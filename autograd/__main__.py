"""`python -m autograd COMMAND`: from the command line to an exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .commands import UsageError, draw

_COMMANDS = {"draw": draw}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code: 2 for something that the user can correct."""
    parser = argparse.ArgumentParser(prog="python -m autograd")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in _COMMANDS.items():
        command.add_arguments(commands.add_parser(name, help=command.SUMMARY))
    options = parser.parse_args(arguments)
    try:
        code: int = _COMMANDS[options.command].run(options)
    except (UsageError, OSError) as error:
        print(f"autograd: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return code


if __name__ == "__main__":
    sys.exit(main())
