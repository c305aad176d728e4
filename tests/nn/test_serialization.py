"""nn.save and nn.load: what goes in comes out, and nothing else is ever taken for it."""

import io
import itertools
import os
import pickle
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import nn
from autograd import Tensor
from nn.atomic import clear, replacing
from nn.serialization import LoadError, State

safetensors = pytest.importorskip("safetensors.numpy")
SUFFIXES = (".npz", ".safetensors")
both = pytest.mark.parametrize("suffix", SUFFIXES)

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
dtypes = st.sampled_from(
    ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", ">f4", ">i8"]
)
states = st.dictionaries(
    names.filter(lambda name: name != "__metadata__"),
    dtypes.flatmap(lambda dtype: arrays(dtype, array_shapes(min_dims=0, min_side=0, max_side=4))),
    max_size=4,
)


def model(seed=0):
    return nn.Sequential(nn.Linear(3, 4, rng=seed), nn.ReLU(), nn.Linear(4, 2, rng=seed))


def same(one, other):
    assert set(one) == set(other)
    for name, value in one.items():
        assert value.dtype == other[name].dtype.newbyteorder("=")
        np.testing.assert_array_equal(value, other[name])


@both
@given(states, st.dictionaries(names, names, max_size=2), st.booleans())
def test_round_trip(tmp_path_factory, suffix, state, metadata, fortran):
    path = tmp_path_factory.mktemp("round") / f"state{suffix}"
    if fortran:
        state = {name: np.asfortranarray(value) for name, value in state.items()}
    metadata.pop("__metadata__", None)
    nn.save(path, state, metadata)
    loaded = nn.load(path)
    same(loaded, state)
    assert loaded.metadata == metadata
    assert all(value.flags.writeable for value in loaded.values())
    first = path.read_bytes()
    nn.save(path, state, metadata)
    assert suffix == ".safetensors" or path.read_bytes() == first
    assert os.listdir(path.parent) == [path.name]


@both
def test_a_module_is_saved_and_loaded(tmp_path, suffix):
    first, second = model(0), model(1)
    nn.save(tmp_path / f"model{suffix}", first)
    state = nn.load(tmp_path / f"model{suffix}", second)
    assert isinstance(state, State)
    same(second.state_dict(), first.state_dict())
    same(state, first.state_dict())


def test_tensors_views_and_names_of_the_format_are_no_obstacle(tmp_path):
    state = {"file": Tensor(np.arange(6.0)[::-2]), "args": np.arange(6).reshape(2, 3).T, "a/b": 1}
    for suffix in SUFFIXES:
        nn.save(tmp_path / f"x{suffix}", state)
        loaded = nn.load(tmp_path / f"x{suffix}")
        np.testing.assert_array_equal(loaded["file"], [5.0, 3.0, 1.0])
        np.testing.assert_array_equal(loaded["args"], [[0, 3], [1, 4], [2, 5]])
        assert loaded["a/b"] == 1


def test_other_programs_read_the_files(tmp_path):
    state = model().state_dict()
    nn.save(tmp_path / "model.npz", state)
    with np.load(tmp_path / "model.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["0.weight"], state["0.weight"])
    nn.save(tmp_path / "model.safetensors", state)
    same(safetensors.load_file(tmp_path / "model.safetensors"), state)


def test_safetensors_of_other_programs_are_read(tmp_path):
    state = model(1).state_dict()
    safetensors.save_file(state, tmp_path / "theirs.safetensors", {"format": "pt"})
    net = model()
    assert nn.load(tmp_path / "theirs.safetensors", net).metadata == {"format": "pt"}
    same(net.state_dict(), state)


# -- what must not be loaded -----------------------------------------------------------------------


def refused(path, match):
    net = model()
    before = net.state_dict()
    with pytest.raises(LoadError, match=match) as caught:
        nn.load(path, net)
    assert str(path) in str(caught.value)
    same(net.state_dict(), before)


@pytest.fixture(scope="module", params=SUFFIXES)
def saved(request, tmp_path_factory):
    """The path of a file for a small state, its content and the state."""
    path = tmp_path_factory.mktemp("saved") / f"state{request.param}"
    state = {"weight": np.arange(6, dtype=np.float32).reshape(2, 3), "n": np.int64(3)}
    nn.save(path, state, {"epoch": "3"})
    return path, path.read_bytes(), state


@given(st.data())
def test_a_truncated_file_is_an_error(saved, data):
    path, content, _ = saved
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(LoadError, match=path.name):
        nn.load(path)


@given(st.data())
def test_an_altered_byte_is_an_error_or_changes_nothing(saved, data):
    path, content, state = saved
    position = data.draw(st.integers(0, len(content) - 1))
    flip = data.draw(st.integers(1, 255))
    path.write_bytes(
        content[:position] + bytes([content[position] ^ flip]) + content[position + 1 :]
    )
    try:
        loaded = nn.load(path)
    except LoadError:
        return
    # A date in the archive, say, is no part of the state.
    same(loaded, {name: np.asarray(value) for name, value in state.items()})
    assert loaded.metadata == {"epoch": "3"}


def test_an_array_that_was_exchanged_is_noticed(tmp_path):
    """The checksums of the archive are right, that of the state is not."""
    nn.save(tmp_path / "model.npz", model())
    with np.load(tmp_path / "model.npz") as file:
        arrays = dict(file)
    arrays["0.weight"] = arrays["0.weight"] + 1
    np.savez(tmp_path / "model.npz", **arrays)
    refused(tmp_path / "model.npz", "checksum does not fit")


@both
@example(content=b"")
@example(content=b"\x89PNG\r\n\x1a\n" + bytes(100))
@example(content=b"PK\x03\x04" + bytes(100))
@given(content=st.binary(max_size=100))
def test_foreign_files_are_errors(tmp_path_factory, suffix, content):
    path = tmp_path_factory.mktemp("foreign") / f"x{suffix}"
    path.write_bytes(content)
    refused(path, "Nothing was loaded")


@both
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("content", [{}, {"weight": np.zeros(300)}], ids=["small", "large"])
def test_pickled_files_are_refused(tmp_path, suffix, protocol, content):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(pickle.dumps(content, protocol))
    refused(path, "pickled" if protocol >= 2 else "Nothing was loaded")


@both
def test_archives_with_a_pickle_are_refused(tmp_path, suffix):
    """That is what torch.save writes."""
    path = tmp_path / f"x{suffix}"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}))
    refused(path, "pickled")


class Trap:
    """Runs code when it is unpickled."""

    def __reduce__(self):
        return (os.mkdir, ("trap",))


def test_arrays_of_objects_are_refused_unopened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("x.npz", weight=np.array([Trap()], dtype=object))
    refused(tmp_path / "x.npz", "pickled")
    assert not (tmp_path / "trap").exists()


def test_an_npz_of_another_program_is_refused_with_the_remedy(tmp_path):
    np.savez(tmp_path / "x.npz", **model().state_dict())
    refused(tmp_path / "x.npz", "not written by nn.save: it has no checksum.*numpy.load")


def test_a_safetensors_header_that_looks_like_a_pickle_is_read(tmp_path):
    for length in range(1, 900):
        safetensors.save_file({"n" * length: np.zeros(1)}, tmp_path / "x.safetensors")
        if (tmp_path / "x.safetensors").read_bytes()[:2] == b"\x80\x02":
            break
    assert list(nn.load(tmp_path / "x.safetensors")) == ["n" * length]


@both
def test_a_state_that_does_not_fit_names_the_file(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    nn.save(path, {"0.weight": np.zeros((1, 1))})
    net = model()
    before = net.state_dict()
    with pytest.raises(RuntimeError, match=r"missing 0\.bias") as caught:
        nn.load(path, net)
    assert str(path) in caught.value.__notes__[0]
    same(net.state_dict(), before)
    with pytest.raises(RuntimeError, match=r"expected shape \(4, 3\)"):
        nn.load(path, net, strict=False)


@both
def test_a_missing_file(tmp_path, suffix):
    with pytest.raises(FileNotFoundError, match=f"x{suffix}"):
        nn.load(tmp_path / f"x{suffix}")


# -- what cannot be saved --------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("state", "metadata", "error", "message"),
    [
        ({"x": np.array(["a"])}, None, TypeError, "x: expected numbers or booleans, got ndarray"),
        ({"x": np.array([1j])}, None, TypeError, "complex128"),
        ({1: np.zeros(1)}, None, TypeError, "texts as names, got 1"),
        ({"": np.zeros(1)}, None, ValueError, "cannot be a name"),
        ({"a\0b": np.zeros(1)}, None, ValueError, "without null characters"),
        ({"__metadata__": np.zeros(1)}, None, ValueError, "cannot be a name"),
        ({"\ud800": np.zeros(1)}, None, ValueError, "not valid Unicode"),
        ([np.zeros(1)], None, TypeError, "a module or a dictionary of arrays, got list"),
        (
            {"model": {"w": np.zeros(1)}, "optimizer": {}},
            None,
            TypeError,
            r"save: model: expected an array, got a dict; .*nn\.training\.Checkpoint\(folder\)",
        ),
        ({"groups": [{"lr": 0.1}]}, None, TypeError, "save: groups: expected an array, got a list"),
        ({}, {"epoch": 3}, TypeError, "texts as metadata, got int for 'epoch'"),
    ],
)
def test_what_cannot_be_saved(tmp_path, suffix, state, metadata, error, message):
    with pytest.raises(error, match=message):
        nn.save(tmp_path / f"x{suffix}", state, metadata)
    assert not os.listdir(tmp_path)


def test_the_path_comes_first(tmp_path):
    path, model = tmp_path / "x.npz", nn.Linear(2, 1)
    message = r"path first, got a \w+ as path and a path as state; write nn\.save\(path, state\)"
    for state in (model, model.state_dict()):
        with pytest.raises(TypeError, match=message):
            nn.save(state, path)
    with pytest.raises(TypeError, match=r"a path as module; write nn\.load\(path, module\)"):
        nn.load(model, str(path))
    with pytest.raises(TypeError, match="save expects a path as path, got 3"):
        nn.save(3, model)
    with pytest.raises(TypeError, match="load expects a path as path, got None"):
        nn.load(None)
    nn.save(path, {"list": [1.0, 2.0], "rows": ((1, 2), (3, 4))})
    assert nn.load(path)["rows"].tolist() == [[1, 2], [3, 4]]


@pytest.mark.skipif(np.dtype("g").itemsize == 8, reason="long double is double here")
def test_safetensors_says_which_dtype_it_does_not_have(tmp_path):
    state = {"x": np.ones(2, np.longdouble)}
    with pytest.raises(TypeError, match=r"x: safetensors has no dtype .* or save as \.npz"):
        nn.save(tmp_path / "x.safetensors", state)
    nn.save(tmp_path / "x.npz", state)
    same(nn.load(tmp_path / "x.npz"), state)


@pytest.mark.parametrize("name", ["model.pt", "model", "npz"])
def test_the_suffix_chooses_the_format(tmp_path, name):
    with pytest.raises(ValueError, match=r"ends with \.npz or \.safetensors, got"):
        nn.save(tmp_path / name, {})
    with pytest.raises(ValueError, match=r"ends with \.npz or \.safetensors, got"):
        nn.load(tmp_path / name)


def test_without_the_extra_the_error_names_it(tmp_path, monkeypatch):
    path = tmp_path / "x.safetensors"
    nn.save(path, {})
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    monkeypatch.delattr(sys.modules["safetensors"], "numpy")
    for call in (lambda: nn.save(path, {}), lambda: nn.load(path)):
        with pytest.raises(ModuleNotFoundError, match=r"pip install 'chalkgrad\[safetensors\]'"):
            call()


# -- all of it or nothing --------------------------------------------------------------------------


def test_a_failure_leaves_the_old_file_and_no_rubbish(tmp_path, monkeypatch):
    path = tmp_path / "x.npz"
    nn.save(path, {"x": np.zeros(2)})

    def broken(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="No space left"):
        nn.save(path, {"x": np.ones(2)})
    monkeypatch.undo()
    same(nn.load(path), {"x": np.zeros(2)})
    assert os.listdir(tmp_path) == ["x.npz"]


KILLED = """
import os, signal, sys, numpy as np, nn
path, function, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
nn.save(path, {"x": np.zeros(1000)})
calls, real = 0, getattr(os, function)
def count(*args):
    global calls
    calls += 1
    if calls == times:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args)
setattr(os, function, count)
nn.save(path, {"x": np.ones(1000)})
"""


@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
@pytest.mark.parametrize(("function", "times", "new"), [("fsync", 1, 0), ("fsync", 2, 1)])
def test_a_kill_leaves_the_old_file_or_the_new_one(tmp_path, function, times, new):
    path = tmp_path / "x.npz"
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), function, str(times)], timeout=60
    )
    assert done.returncode == -9
    same(nn.load(path), {"x": np.full(1000, float(new))})
    assert len(os.listdir(tmp_path)) == 2 - new
    (tmp_path / ".y.npz.1-2.tmp").touch()
    clear(path)
    assert sorted(os.listdir(tmp_path)) == [".y.npz.1-2.tmp", "x.npz"]


@pytest.mark.skipif(os.name != "posix", reason="permissions as on POSIX")
def test_permissions_follow_the_umask_and_links_stay(tmp_path):
    before = os.umask(0o027)
    try:
        nn.save(tmp_path / "x.npz", {})
    finally:
        os.umask(before)
    assert (tmp_path / "x.npz").stat().st_mode & 0o777 == 0o640
    (tmp_path / "link.npz").symlink_to("x.npz")
    nn.save(tmp_path / "link.npz", {"x": np.ones(1)})
    assert (tmp_path / "link.npz").is_symlink()
    assert list(nn.load(tmp_path / "x.npz")) == ["x"]


def test_replacing_writes_when_the_block_is_complete(tmp_path):
    path = tmp_path / "x"
    with replacing(path) as file:
        file.write(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    with pytest.raises(ZeroDivisionError), replacing(path) as file:
        file.write(bytes([1 // 0]))
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["x"]
    clear(tmp_path / "nowhere" / "x")


def test_bytes_in_a_stream_are_no_path():
    with pytest.raises(TypeError):
        nn.load(io.BytesIO())


def test_every_combination_of_layers_round_trips(tmp_path):
    for n, m in itertools.product([0, 1, 3], repeat=2):
        layer, other = nn.Linear(n, m, rng=0), nn.Linear(n, m, rng=1)
        nn.save(tmp_path / "x.npz", layer)
        nn.load(tmp_path / "x.npz", other)
        same(other.state_dict(), layer.state_dict())
