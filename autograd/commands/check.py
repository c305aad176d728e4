"""Check the derivatives of an op in a file of yours.

    python -m autograd check path/to/file.py::my_op

The op is a primitive, a Function, or a function of tensors. Arguments are drawn, by default as
many arrays as it takes, of shapes that broadcast or that @ takes; --inputs says it otherwise, in
Python, with everything in sight that the file and autograd.testing have:

    --inputs "arrays((2, 3))"                       one array of this shape
    --inputs "arrays(broadcastable(2), (0.5, 2))"   two, with elements between 0.5 and 2
    --inputs "np.ones(3), 2.0"                      exactly these arguments
    --inputs "call(arrays((2, 3)), axis=0)"         an argument by name

Without ::my_op every primitive and Function of the file is checked, and what is marked with
gradcheck_op.

For machines, --json prints one object instead of text: "version" (1), "passed", and "ops", a list
of objects with "op", "file", "line", "verdict" ("pass", "fail", "nothing checked"), "check" (which
one failed), "message", "program" (Python that shows it again), "report" and "larger" (what
`autograd.check` says of the smallest and of a larger example, as `Report.to_dict`), "seconds"; null
where there is nothing. --junit FILE writes JUnit's XML besides. --github adds an annotation at the
line of each op that fails. New keys may be added; a change of those here changes "version".

Exit code: 0 if all pass, 1 if one fails, 2 if the command is wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import inspect
import json
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from ..function import Function
from ..primitive import Primitive
from .results import Result, annotation, as_dict, as_junit, line_of
from .source import UsageError, load, named

SUMMARY = "check the derivatives of an op in a file"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("op", metavar="FILE.py[::NAME]", help="the op to check")
    parser.add_argument("--inputs", metavar="PYTHON", help="what to call it with")
    parser.add_argument("--order", type=int, metavar="N", help="check N derivatives (default: 2)")
    parser.add_argument(
        "--speed",
        choices=("fast", "full"),
        help="full: every entry of each Jacobian (default: fast, a random direction)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    form.add_argument("--github", action="store_true", help="print annotations of GitHub besides")
    parser.add_argument("--junit", metavar="FILE", help="write JUnit's XML to this file")
    parser.add_argument("--examples", type=int, metavar="N", help="draw N examples (default: 100)")


def run(options: argparse.Namespace) -> int:
    """Check and print; 0 if everything passes, else 1."""
    try:
        from .. import testing
    except ImportError as error:
        raise UsageError(str(error)) from None
    # Between the results of --json nothing else may stand, not even what the file prints.
    with contextlib.redirect_stdout(sys.stderr if options.json else sys.stdout):
        results = _results(options, testing)
    if options.json:
        print(json.dumps(as_dict(results), indent=2, allow_nan=False))
    if options.junit is not None:
        try:
            Path(options.junit).write_text(as_junit(results), "utf-8")
        except OSError as error:
            raise UsageError(f"--junit {options.junit!r} cannot be written: {error}") from error
    return 1 if any(r.error is not None for r in results) else 0


def _results(options: argparse.Namespace, testing: Any) -> list[Result]:
    """Check each op, and say so as it goes."""
    path, _, name = options.op.partition("::")
    module = load(path)
    if name:
        ops = {name: named(module, name, path, _is_op, "ops")}
        if not callable(ops[name]):
            raise UsageError(
                f"{options.op} is no op: expected a primitive, a Function or a function of "
                f"tensors, got {type(ops[name]).__name__}"
            )
    else:
        ops = {n: v for n, v in vars(module).items() if _is_op(v) and _is_own(v, module)}
        if not ops:
            raise UsageError(f"{path} declares no primitive and no Function; write {path}::name")
    given = {key: getattr(options, key) for key in ("order", "speed", "examples")}
    given = {key: value for key, value in given.items() if value is not None}
    if options.inputs is not None:
        given["inputs"] = _evaluated(options.inputs, module)
    results = []
    for label, op in ops.items():
        mark = testing.mark_of(op)
        kept = {"name": label, **(mark.options if mark else {}), **given}
        start, failure = time.perf_counter(), None
        try:
            testing.check_op(op, **kept)
        except testing.OpError as error:
            failure = error
        except (TypeError, ValueError) as error:
            raise UsageError(str(error)) from error
        seconds = time.perf_counter() - start
        result = Result(label, path, line_of(path, label), seconds, failure)
        results.append(result)
        print(f"{label}: pass" if failure is None else failure)
        if options.github and failure is not None:
            print(annotation(result))
    return results


def _is_op(value: Any) -> bool:
    return (
        isinstance(value, Primitive)
        or (inspect.isclass(value) and issubclass(value, Function) and value is not Function)
        or "_gradcheck_op" in getattr(value, "__dict__", {})
    )


def _is_own(value: Any, module: ModuleType) -> bool:
    return getattr(value, "__module__", None) == module.__name__


def _evaluated(text: str, module: ModuleType) -> Any:
    import numpy as np
    from hypothesis import strategies as st

    from .. import testing

    kit = {name: getattr(testing, name) for name in testing.__all__}
    try:
        return eval(text, {"np": np, "st": st, **kit, **vars(module)})
    except Exception as error:
        raise UsageError(
            f"--inputs {text!r} is not right: {type(error).__name__}: {error}"
        ) from error
