"""Execute the notebooks, and compare what they say with what is committed.

    python notebooks/execute.py             all of them, as many at a time as there are cores
    python notebooks/execute.py 03 06       those whose names begin so
    python notebooks/execute.py --write 03  and write the new outputs into the file

A notebook passes if no cell raises or warns, if it takes at most 60 seconds of processor time, and
if every cell prints what its committed output shows. Pictures are not compared. In a cell tagged
`measured` the numbers may differ from machine to machine, the words between them may not. With
`MNIST_DIR` set the notebooks take MNIST in place of the shipped digits: neither their words nor
their time are compared then, and nothing is written.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

FOLDER = Path(__file__).parent
SECONDS = 60
WARNING = re.compile(r"\b\w*Warning: .*")
NUMBER = re.compile(r"[-+−]?\d[\d.,]*(e[-+]?\d+)?")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def said(cell: dict[str, Any]) -> str:
    """What the outputs of a cell say: what it printed, and its results as text."""
    text = ""
    for output in cell.get("outputs", ()):
        if output.get("name") == "stdout":
            text += "".join(output["text"])
        elif "data" in output:
            text += "".join(output["data"].get("text/plain", "")) + "\n"
    if "measured" in cell["metadata"].get("tags", ()):
        # A number of another length moves the columns of a table.
        text = re.sub(r"\s+", " ", NUMBER.sub("#", text))
    return text


def warnings_of(notebook: dict[str, Any]) -> Iterator[str]:
    """A line for each of Python's warnings; what else libraries write to stderr is left out."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            if output.get("name") == "stderr":
                for warning in WARNING.findall("".join(output["text"])):
                    yield f"cell {cell['id']} warned: {warning}"


def complaints(committed: dict[str, Any], executed: dict[str, Any]) -> Iterator[str]:
    """Where the notebook says something else than the committed one."""
    for before, after in zip(committed["cells"], executed["cells"], strict=True):
        if said(before) != said(after):
            yield (
                f"cell {after['id']} says something else: expected\n{said(before)}\n"
                f"got\n{said(after)}\n"
                "correct it, or take the new output over with --write"
            )


def cleaned(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook without what depends on when and where it ran."""
    count = 0
    for cell in notebook["cells"]:
        tags = cell["metadata"].get("tags")
        cell["metadata"] = {"tags": tags} if tags else {}
        if cell["cell_type"] == "code":
            count += 1
            cell["execution_count"] = count
            cell["outputs"] = [o for o in cell["outputs"] if o.get("name") != "stderr"]
            for output in cell["outputs"]:
                if "execution_count" in output:
                    output["execution_count"] = count
                if "metadata" in output:
                    output["metadata"] = {}
    return {**notebook, "metadata": METADATA}


def execute(path: Path) -> tuple[dict[str, Any], float]:
    """Run a notebook in a kernel of its own: what came out, and the seconds of processor time."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    client = NotebookClient(
        notebook,
        timeout=None if "MNIST_DIR" in os.environ else 10 * SECONDS,
        coalesce_streams=True,
        resources={"metadata": {"path": str(FOLDER)}},
    )
    # Over sockets that no other user of the machine can read.
    with TemporaryDirectory() as sockets:
        manager = client.create_kernel_manager()
        manager.transport, manager.ip = "ipc", f"{sockets}/kernel"
        client.execute()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(nbformat.writes(notebook)), seconds


def check(path: Path, write: bool) -> tuple[bool, str]:
    """Whether a notebook passes, and what to tell about it."""
    try:
        executed, seconds = execute(path)
    except Exception as error:
        return False, f"{path.name}\n{error}"
    problems = list(warnings_of(executed))
    if "MNIST_DIR" not in os.environ:
        if seconds > SECONDS:
            problems.append(f"took {seconds:.0f} s, expected at most {SECONDS} s")
        if write:
            text = json.dumps(cleaned(executed), ensure_ascii=False, indent=1, sort_keys=True)
            path.write_text(text + "\n", encoding="utf-8")
        else:
            problems += complaints(json.loads(path.read_text(encoding="utf-8")), executed)
    return not problems, "\n".join([f"{path.name}  {seconds:.0f} s", *problems])


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the notebooks that the command line names; 1 if one of them does not pass."""
    parser = argparse.ArgumentParser(description="Execute the notebooks and compare what they say.")
    parser.add_argument("names", nargs="*", default=[""], help="beginnings of file names")
    parser.add_argument("--write", action="store_true", help="write the outputs into the files")
    options = parser.parse_args(arguments)
    paths = sorted(
        path for path in FOLDER.glob("*.ipynb") if path.name.startswith(tuple(options.names))
    )
    if not paths:
        parser.error(f"no notebook in {FOLDER} begins with {' or '.join(options.names)}")
    failed = 0
    # A process for each notebook, so that the processor time of its children is its own.
    with ProcessPoolExecutor(max_tasks_per_child=1) as pool:
        for passed, report in pool.map(check, paths, [options.write] * len(paths)):
            failed += not passed
            print("ok  " if passed else "FAIL", report, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
