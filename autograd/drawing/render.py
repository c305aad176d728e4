"""DOT text to a picture: by the `dot` program, else by the engine inside pygraphviz's wheel."""

from __future__ import annotations

import importlib.util
import re
import shutil
import warnings

from .palette import themed

__all__ = ["available", "render"]

_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)


def available() -> bool:
    """Whether there is a Graphviz to render with."""
    return shutil.which("dot") is not None or importlib.util.find_spec("pygraphviz") is not None


def render(dot: str, kind: str) -> bytes:
    """The picture of `dot` as "svg", "png" or "pdf"; an SVG follows the reader's choice of theme.

    Raises: RuntimeError without a Graphviz, saying how to get one.
    """
    picture = _drawn(dot, kind)
    if kind != "svg":
        return picture
    # The comments name the version of Graphviz; the same picture shall be the same bytes.
    return themed(_COMMENT.sub("", picture.decode())).encode()


def _drawn(dot: str, kind: str) -> bytes:
    if shutil.which("dot") is not None:
        import graphviz

        return graphviz.Source(dot).pipe(format=kind)  # type: ignore[no-any-return]
    try:
        import pygraphviz
    except ImportError as error:
        raise RuntimeError(
            f"drawing a graph as {kind} expects a Graphviz, and there is neither a program `dot` "
            "on the PATH nor the package pygraphviz; pip install 'chalkgrad[draw]' brings one. "
            "Saving as .dot needs none"
        ) from error
    with warnings.catch_warnings():
        # Remarks of the layout engine about fonts; the picture is there all the same.
        warnings.simplefilter("ignore", RuntimeWarning)
        return pygraphviz.AGraph(string=dot).draw(format=kind, prog="dot")  # type: ignore[no-any-return]
