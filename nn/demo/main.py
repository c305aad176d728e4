"""`python -m nn`: from the command line to an exit code, without a bare traceback."""

from __future__ import annotations

import importlib.util
import io
import os
import sys
from collections.abc import Sequence

from .options import UsageError, parse

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code.

    0: done. 1: the training diverged. 2: something to be corrected by the user, said in one line.
    130: interrupted with Ctrl-C.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that lacks a character gets a question mark instead of an exception.
        sys.stdout.reconfigure(errors="replace")
    try:
        options = parse(arguments)
        _require("tqdm", "matplotlib")
        from .train import run

        return run(options)
    except UsageError as error:
        return _complain(str(error))
    except MemoryError:
        return _complain("out of memory; choose a smaller --model or --batch-size")
    except BrokenPipeError:
        # Who reads the output has heard enough (`| head`). Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130


def _require(*packages: str) -> None:
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"not installed: {', '.join(missing)}; pip install 'chalkgrad[train]' brings them"
        )


def _complain(message: str) -> int:
    print(f"nn: {' '.join(message.split())}", file=sys.stderr)
    return 2
