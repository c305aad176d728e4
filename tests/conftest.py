"""What every test gets: the hypothesis profiles, and a guard against leaking global state.

HYPOTHESIS_PROFILE chooses the profile: `dev` (fast, the default), `ci` (the same examples at every
run; the default where CI is set) or `thorough` (for a night, or for a change of the engine).
"""

import os
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from autograd import compiled
from autograd.modes import grad_enabled
from autograd.settings import default_dtype, set_default_dtype

_SLOW_MACHINE = [HealthCheck.too_slow]

settings.register_profile(
    "dev", max_examples=20, deadline=None, print_blob=True, suppress_health_check=_SLOW_MACHINE
)
settings.register_profile("ci", settings.get_profile("dev"), max_examples=30, derandomize=True)
settings.register_profile("thorough", settings.get_profile("dev"), max_examples=2000)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-golden",
        action="store_true",
        help="write the golden drawings instead of comparing with them",
    )


def _global_state() -> dict[str, Any]:
    return {
        "grad mode": grad_enabled.get(),
        "default dtype": default_dtype(),
        "NumPy error handling": np.geterr(),
        "compiled loops": compiled._enabled,
    }


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """A generator of the test's own, seeded with its name: no other test changes what it draws.

    A test with @given draws a seed instead, so that hypothesis can replay and shrink the example.
    """
    return np.random.default_rng(zlib.crc32(request.node.name.encode()))


@pytest.fixture(autouse=True)
def no_leaked_state() -> Iterator[None]:
    """Fail a test that changes state shared by all, and put the state back for the next one."""
    before = _global_state()
    yield
    after = _global_state()
    grad_enabled.set(before["grad mode"])
    set_default_dtype(before["default dtype"])
    np.seterr(**before["NumPy error handling"])
    compiled.set_compiled(before["compiled loops"])
    leaks = [
        f"{name}: {before[name]} became {after[name]}"
        for name in before
        if before[name] != after[name]
    ]
    if leaks:
        pytest.fail("the test changed global state and left it so: " + "; ".join(leaks))
