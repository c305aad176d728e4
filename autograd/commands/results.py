"""What `python -m autograd check` found, for machines: JSON, JUnit XML, annotations of GitHub."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

__all__ = ["Result", "annotation", "as_dict", "as_junit", "line_of"]

# What XML has no way to write.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Result:
    """The check of one op.

    Attributes:
        op, file, line: its name, the file it was looked for in, and where that binds the name.
        seconds: how long the check took.
        error: the `OpError`, or None for a pass.
    """

    op: str
    file: str
    line: int | None
    seconds: float
    error: Any = None

    @property
    def verdict(self) -> str:
        """As in the schema: "pass", "fail" or "nothing checked"."""
        if self.error is None:
            return "pass"
        return "nothing checked" if self.error.check == "nothing checked" else "fail"

    @property
    def title(self) -> str:
        """The failure in a few words."""
        report = self.error.larger or self.error.report
        diagnosis = f": {report.diagnosis}" if report is not None and report.diagnosis else ""
        return f"{self.op} fails the check '{self.error.check}'{diagnosis}"


def as_dict(results: Sequence[Result]) -> dict[str, Any]:
    """All results as strings, numbers, lists, dicts and None: the schema of `--json`."""
    return {
        "version": 1,
        "passed": all(r.error is None for r in results),
        "ops": [
            {
                "op": r.op,
                "file": r.file,
                "line": r.line,
                "verdict": r.verdict,
                "check": getattr(r.error, "check", None),
                "message": None if r.error is None else str(r.error),
                "program": getattr(r.error, "program", None) or None,
                "report": _report(getattr(r.error, "report", None)),
                "larger": _report(getattr(r.error, "larger", None)),
                "seconds": round(r.seconds, 3),
            }
            for r in results
        ],
    }


def as_junit(results: Sequence[Result]) -> str:
    """All results as one test suite of JUnit's XML, a test case per op."""
    failed = sum(r.error is not None for r in results)
    counts = {"tests": str(len(results)), "failures": str(failed), "errors": "0", "skipped": "0"}
    seconds = f"{sum(r.seconds for r in results):.3f}"
    suites = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(suites, "testsuite", {"name": "autograd check", **counts})
    suite.set("time", seconds)
    for r in results:
        where = {"classname": Path(r.file).stem, "name": r.op, "file": r.file}
        case = ElementTree.SubElement(suite, "testcase", where, time=f"{r.seconds:.3f}")
        if r.line is not None:
            case.set("line", str(r.line))
        if r.error is not None:
            failure = ElementTree.SubElement(case, "failure", type=r.error.check)
            failure.set("message", _NO_XML.sub("", r.title))
            failure.text = _NO_XML.sub("", str(r.error))
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, "unicode", xml_declaration=True) + "\n"


def annotation(result: Result) -> str:
    """The workflow command by which GitHub shows a failure at the line of the op."""
    path = Path(result.file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    properties = {"file": path.as_posix(), "line": result.line, "title": result.title}
    told = ",".join(f"{k}={_property(str(v))}" for k, v in properties.items() if v is not None)
    return f"::error {told}::{_message(str(result.error))}"


def line_of(file: str, name: str) -> int | None:
    """The line on which a file binds a name at its top level; None if none is seen to."""
    found = None
    first = name.partition(".")[0]
    for node in ast.parse(Path(file).read_bytes()).body:
        if first in _bound(node):
            found = node.lineno
    return found


def _bound(node: ast.stmt) -> set[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name for alias in node.names}
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    return {n.id for n in names if isinstance(n.ctx, ast.Store)}


def _report(report: Any) -> dict[str, Any] | None:
    return None if report is None else report.to_dict()


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
