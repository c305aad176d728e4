"""The registry of compiled loops: when there is one, and that its absence changes nothing."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest

from autograd import compiled

from ..compiled import compiled_loops, require_numba

RELU = "nn.loops.relu"


def run(program, **environment):
    """Standard output of a program in a fresh interpreter."""
    out = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={"OPENBLAS_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert out.returncode == 0, out.stderr
    return out.stdout.strip()


TRAINING = """
    import sys
    import numpy as np
    import nn, optim
    x = np.random.default_rng(0).random((64, 30), np.float32)
    model = nn.Sequential(nn.Linear(30, 20, rng=0), nn.PReLU(), nn.BatchNorm1d(20),
                          nn.Linear(20, 10, rng=1))
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(model(x), np.arange(64) % 10)
        loss.backward()
        optimizer.step()
    from autograd import compiled
    print(f"{loss.item():.5f}", compiled.unavailable())
"""


@pytest.fixture(scope="module")
def without():
    return run(TRAINING, CHALKGRAD_FAST="0")


def test_the_environment_switches_loops_off(without):
    assert "CHALKGRAD_FAST=0" in without


@pytest.mark.parametrize(
    "broken",
    [
        "raise ImportError('no numba here')",
        "raise OSError('libLLVM.so: cannot open shared object file')",
        "def njit(*args, **options): raise RuntimeError('cannot cache function')",
        "",
    ],
)
def test_without_a_working_numba_only_speed_changes(without, broken, tmp_path):
    (tmp_path / "numba.py").write_text(broken)
    loss, _, reason = run(TRAINING, PYTHONPATH=f"{tmp_path}:.").partition(" ")
    assert loss == without.split()[0]
    assert reason != "None"


def test_with_numba_the_result_is_the_same(without):
    require_numba()
    loss, _, reason = run(TRAINING).partition(" ")
    assert float(loss) == pytest.approx(float(without.split()[0]), rel=1e-4)
    assert reason == "None"


WARNS = """
    import sys, warnings
    warnings.warn("numba warns of something old", DeprecationWarning)
    sys.path = [folder for folder in sys.path if not __file__.startswith(folder or "?")]
    del sys.modules["numba"]
    import numba
"""


def test_what_numba_warns_of_while_it_loads_is_no_error(tmp_path):
    require_numba()
    (tmp_path / "numba.py").write_text(textwrap.dedent(WARNS))
    strict = {"PYTHONPATH": f"{tmp_path}:.", "PYTHONWARNINGS": "error::DeprecationWarning"}
    assert run(TRAINING, **strict).endswith(" None")


def test_imports_and_small_work_do_not_load_numba():
    program = """
        import sys
        import numpy as np
        import autograd, nn, optim
        p = nn.Parameter(np.ones(4))
        optimizer = optim.SGD([p], lr=0.1, momentum=0.9)
        nn.functional.relu(p * 2).sum().backward()
        optimizer.step()
        print("numba" in sys.modules)
    """
    assert run(program) == "False"


def test_a_loop_wants_plain_arrays_of_one_floating_dtype():
    require_numba()
    x = np.ones((32, 32), np.float32)
    assert compiled.find(RELU, x, x) is not None
    readonly = x.copy()
    readonly.flags.writeable = False
    byte_swapped = x.astype(x.dtype.newbyteorder())
    unaligned = np.zeros(4 * x.size + 1, np.uint8)[1:].view(np.float32).reshape(x.shape)
    others = [
        x.astype(np.float64),
        x.astype(np.float16),
        x.astype(np.int64),
        x[:, ::2],
        np.asfortranarray(x),
        readonly,
        byte_swapped,
        unaligned,
        x.view(np.recarray),
    ]
    for other in others:
        assert compiled.find(RELU, x, other) is None, other.dtype
        assert compiled.find(RELU, other, x) is None, other.dtype
    assert compiled.find(RELU, x[:1], x[:1]) is None, "too small"


def test_arrays_of_other_shapes_are_never_bound():
    require_numba()
    x, longer = np.ones((32, 32)), np.ones((64, 32))
    assert compiled.bound(RELU, x, x.copy()) is not None
    assert compiled.bound(RELU, longer, x) is None
    assert compiled.bound(RELU, x, x.reshape(16, 64)) is None


def test_fortran_order_is_bound_in_memory_order():
    require_numba()
    x = np.asfortranarray(np.random.default_rng(0).normal(size=(40, 30)))
    y = compiled.mapped(RELU, x)
    assert y.flags.f_contiguous
    np.testing.assert_array_equal(y, np.maximum(x, 0))


def test_set_compiled():
    x = np.ones((32, 32))
    with compiled_loops(False):
        assert compiled.find(RELU, x) is None
        assert compiled.bound(RELU, x, x) is None
        assert compiled.mapped(RELU, x) is None
        assert "set_compiled(False)" in compiled.unavailable()
    with pytest.raises(TypeError, match="expects True or False, got str"):
        compiled.set_compiled("off")
