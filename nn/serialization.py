"""Arrays in files: safetensors and npz, written as a whole, checked when read, never pickled."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from autograd import Tensor, expect

from .atomic import replacing
from .module import Module

__all__ = ["LoadError", "State", "load", "save"]

# Entries of the file that describe it. The checksum covers names, dtypes, shapes, values and the
# user's metadata; the format tells a file of ours whose checksum was lost from a foreign one.
_FORMAT, _CHECKSUM, _OURS = "chalkgrad.format", "chalkgrad.sha256", "1"
_METADATA = "__metadata__"
_PICKLES = {bytes([0x80, protocol]) for protocol in (2, 3, 4, 5)}
_EARLIEST = (1980, 1, 1, 0, 0, 0)
# What safetensors has names for.
_SAFE = {"bool", "float16", "float32", "float64"} | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}


class LoadError(ValueError):
    """A file that `load` cannot or must not read: damaged, altered, of another kind, or pickled."""


class State(dict[str, Any]):
    """What `load` returns: a dictionary path -> NumPy array.

    Attributes:
        metadata: the texts that were saved with it, a dictionary.
    """

    def __init__(self, arrays: Mapping[str, Any], metadata: Mapping[str, str]) -> None:
        super().__init__(arrays)
        self.metadata = dict(metadata)


def save(
    path: str | os.PathLike[str],
    state: Mapping[str, Any] | Module,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write the parameters and buffers of a module, or any dictionary of arrays, to a file.

    Args:
        path: of the file; its suffix chooses the format. `.npz` is NumPy's, one `.npy` for each
            array, uncompressed. `.safetensors` is what PyTorch, JAX and others exchange, and needs
            the extra `safetensors`.
        state: a module, of which `state_dict()` is saved, or a dictionary path -> array or Tensor
            of numbers or booleans. Dtypes are kept; arrays are written in C order. A training with
            its optimizer is saved by `nn.training.Checkpoint`.
        metadata: texts by name to go along, such as `{"epoch": "7"}`.

    The file is replaced as a whole: a crash in the middle leaves the old one. It carries a checksum
    of all that it holds. The same state gives the same `.npz`, byte for byte.

    Raises:
        ValueError: the suffix is neither of the two, or a name cannot be one.
        TypeError: a value is not an array of numbers, or not one that the format has; path and
            state are exchanged (`torch.save` has them the other way round).
        ModuleNotFoundError: the extra `safetensors` is not installed.

    >>> import os, tempfile, nn
    >>> model = nn.Linear(3, 2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nn.save(os.path.join(folder, "model.npz"), model, {"note": "untrained"})
    ...     nn.load(os.path.join(folder, "model.npz")).metadata
    {'note': 'untrained'}
    """
    path = _path("save", "state", path, state)
    write = _formats(path, "save")[0]
    values = state.state_dict() if isinstance(state, Module) else state
    if not isinstance(values, Mapping):
        raise TypeError(
            f"save expects a module or a dictionary of arrays, got {type(values).__name__}; "
            "pass model or model.state_dict()"
        )
    arrays = {_name(name): _array(name, value) for name, value in values.items()}
    notes = dict(metadata or {})
    for key, text in notes.items():
        if not isinstance(text, str):
            raise TypeError(
                f"save expects texts as metadata, got {type(text).__name__} for {key!r}; "
                "write str(value), or json.dumps(value) for more than a number"
            )
        _name(key)
    header = {**notes, _FORMAT: _OURS, _CHECKSUM: _checksum(arrays, notes)}
    with replacing(path) as file:
        write(file, arrays, header)


def load(path: str | os.PathLike[str], module: Module | None = None, strict: bool = True) -> State:
    """Read what `save` wrote, and put it into `module` if one is given.

    Args:
        path: of the file; its suffix tells the format, `.npz` or `.safetensors`. A safetensors file
            may also come from another program; an npz file must have been written by `save`.
        module: what to load the arrays into, as its `load_state_dict` does.
        strict: as in `load_state_dict`: whether missing and unexpected paths are an error.

    Returns: the arrays by their paths, with `.metadata`.

    Raises:
        FileNotFoundError: there is no such file.
        LoadError: the file is truncated, altered, of another kind, or pickled. Unpickling runs
            code of the file's author, so nothing is ever unpickled.
        RuntimeError: the state does not fit the module.
        ModuleNotFoundError: the extra `safetensors` is not installed.

    Each error names the file, and leaves the module as it was.
    """
    path = _path("load", "module", path, module)
    read = _formats(path, "load")[1]
    _refuse_pickle(path)
    try:
        arrays, header = read(path)
        notes = {k: text for k, text in header.items() if k not in (_FORMAT, _CHECKSUM)}
        ours = len(header) - len(notes)
        if ours and header.get(_CHECKSUM) != _checksum(arrays, notes):
            raise ValueError("its checksum does not fit its content")
    except (LoadError, ModuleNotFoundError, MemoryError):
        raise
    except Exception as error:
        # Whatever a parser stumbles over, the finding is the same: this is not the file it was.
        raise LoadError(
            f"{path} is damaged, truncated, or not a {path.suffix} file "
            f"({type(error).__name__}: {error}); expected a file as nn.save writes it. Nothing was "
            "loaded; take another copy of it"
        ) from error
    state = State(arrays, notes)
    if module is not None:
        try:
            module.load_state_dict(state, strict)
        except RuntimeError as error:
            error.add_note(f"The state was read from {path}")
            raise
    return state


def _path(who: str, name: str, path: Any, other: Any) -> Path:
    """The path, which stands first; TypeError if `other`, the argument `name`, is it instead."""
    if isinstance(other, (str, os.PathLike)) and not isinstance(path, (str, os.PathLike)):
        raise TypeError(
            f"{who} expects the path first, got a {type(path).__name__} as path and a path as "
            f"{name}; write nn.{who}(path, {name})"
        )
    return Path(expect.path(who, "path", path))


# -- what may be saved -----------------------------------------------------------------------------


def _name(name: Any) -> str:
    """`name` itself, if files can hold it."""
    if not isinstance(name, str):
        raise TypeError(f"save expects texts as names, got {name!r}")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise ValueError(f"save: the name {name!r} is not valid Unicode; rename it") from None
    if not name or "\0" in name or name in (_METADATA, _FORMAT, _CHECKSUM):
        raise ValueError(
            f"save: {name!r} cannot be a name in a file; expected a text without null characters, "
            f"other than {_METADATA}, {_FORMAT} and {_CHECKSUM}"
        )
    return name


def _array(name: str, value: Any) -> Any:
    if isinstance(value, (Mapping, list, tuple)) and not _is_numbers(value):
        raise TypeError(
            f"save: {name}: expected an array, got a {type(value).__name__}; a file holds arrays "
            "by their names, and no dictionary within a dictionary. Save the model by itself, "
            "nn.save(path, model). To go on with a training later, optimizer included, call "
            "nn.training.fit with callbacks=[nn.training.Checkpoint(folder)], then with resume=True"
        )
    array = np.asarray(value.data if isinstance(value, Tensor) else value)
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"save: {name}: expected numbers or booleans, got {type(value).__name__} "
            f"(dtype {array.dtype})"
        )
    # Both formats, and the checksum, want one byte order and one memory order.
    little = sys.byteorder == "little" and array.dtype.isnative
    return np.asarray(
        array, dtype=array.dtype if little else array.dtype.newbyteorder("<"), order="C"
    )


def _is_numbers(value: Any) -> bool:
    """Whether NumPy makes an array of numbers of a list; it refuses lists of unequal lengths."""
    try:
        return np.asarray(value).dtype.kind in "biuf"
    except (TypeError, ValueError):
        return False


def _checksum(arrays: Mapping[str, Any], notes: Mapping[str, str]) -> str:
    """SHA-256 of everything that the file says."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = _array(name, arrays[name])
        head = json.dumps([name, array.dtype.str, array.shape])
        digest.update(head.encode())
        digest.update(array.data if array.size else b"")
    digest.update(json.dumps(sorted(notes.items())).encode())
    return digest.hexdigest()


# -- formats ---------------------------------------------------------------------------------------

Write = Callable[[IO[bytes], dict[str, Any], dict[str, str]], None]
Read = Callable[[Path], tuple[dict[str, Any], dict[str, str]]]


def _formats(path: Path, function: str) -> tuple[Write, Read]:
    formats: dict[str, tuple[Write, Read]] = {
        ".npz": (_write_npz, _read_npz),
        ".safetensors": (_write_safetensors, _read_safetensors),
    }
    if path.suffix not in formats:
        raise ValueError(
            f"{function} expects a file name that ends with {' or '.join(formats)}, got {path}"
        )
    return formats[path.suffix]


def _refuse_pickle(path: Path) -> None:
    """Raise for what `torch.save`, `pickle` and their like write."""
    import zipfile

    with open(path, "rb") as file:
        start = file.read(8)
        size = file.seek(0, os.SEEK_END)
        pickled = start[:2] in _PICKLES
        if start[:2] == b"PK":
            try:
                with zipfile.ZipFile(file) as archive:
                    pickled = any(name.endswith(".pkl") for name in archive.namelist())
            except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
                # Damaged: the reader says so.
                return
        elif path.suffix == ".safetensors":
            # These begin with the length of their header, which may look the same.
            pickled = pickled and int.from_bytes(start, "little") > size
    if pickled:
        _raise_pickled(path)


def _raise_pickled(path: Path) -> None:
    raise LoadError(
        f"{path} is pickled; expected arrays alone, since unpickling runs code of the file's "
        "author. Nothing was loaded. Where you trust it, open it with the program that wrote it, "
        "and save its arrays with nn.save or as safetensors"
    )


def _write_npz(file: IO[bytes], arrays: dict[str, Any], header: dict[str, str]) -> None:
    import zipfile

    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in {_METADATA: text, **arrays}.items():
            # A fixed date, so that the same state gives the same file.
            entry = zipfile.ZipInfo(f"{name}.npy", _EARLIEST)
            with archive.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _read_npz(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    import zipfile

    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for entry in archive.namelist():
            # Read to its end first, which checks the CRC, and only then parsed.
            member = io.BytesIO(archive.read(entry))
            if np.lib.format.read_magic(member) == (1, 0):
                _, _, dtype = np.lib.format.read_array_header_1_0(member)
                if dtype.hasobject:
                    _raise_pickled(path)
            member.seek(0)
            arrays[entry.removesuffix(".npy")] = np.lib.format.read_array(
                member, allow_pickle=False
            )
    if _METADATA not in arrays:
        raise LoadError(
            f"{path} was not written by nn.save: it has no checksum. Nothing was loaded. If you "
            f"trust it, read it with numpy.load and pass the arrays to load_state_dict"
        )
    header = json.loads(arrays.pop(_METADATA).tobytes())
    return arrays, header


def _write_safetensors(file: IO[bytes], arrays: dict[str, Any], header: dict[str, str]) -> None:
    safetensors = _safetensors()
    for name, array in arrays.items():
        if array.dtype.name not in _SAFE:
            raise TypeError(
                f"save: {name}: safetensors has no dtype {array.dtype}; expected one of "
                f"{', '.join(sorted(_SAFE))}. Convert it, or save as .npz"
            )
    file.write(safetensors.numpy.save(arrays, header))


def _read_safetensors(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    with _safetensors().safe_open(path, framework="numpy") as file:
        # What comes from the library may be a read-only view of the file.
        arrays = {name: np.array(file.get_tensor(name)) for name in list(file.keys())}
        return arrays, file.metadata() or {}


def _safetensors() -> Any:
    try:
        import safetensors.numpy
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "files that end with .safetensors need the package safetensors; "
            "pip install 'chalkgrad[safetensors]', or choose .npz"
        ) from error
    return safetensors
