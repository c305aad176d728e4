"""Golden files: the DOT text that a picture had when somebody last looked at it."""

from collections.abc import Callable
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parent / "golden"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with the golden file of a name; --rewrite-golden writes it instead."""

    def compare(name: str, text: str) -> None:
        path = _FOLDER / name
        if request.config.getoption("--rewrite-golden"):
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.exists(), f"{path} is missing; pytest --rewrite-golden writes it"
        assert text == path.read_text(encoding="utf-8"), (
            f"the picture differs from {path}; look at the new one, and if it is right, "
            "pytest --rewrite-golden keeps it"
        )

    return compare
