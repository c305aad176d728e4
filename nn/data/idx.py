"""The IDX format: a few bytes of header, then the values of one array, often under gzip.

Header: two zero bytes, one for the type of a value (8: unsigned byte), one for the number of
dimensions, then the length of each dimension as four bytes, most significant first. The values
follow in C order.
"""

import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_HEADER = 16  # zlib's flag for a gzip header and checksum around the stream
_UNSIGNED_BYTE = 8


def read_idx(path: Path, ndim: int) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes with ``ndim`` dimensions; under gzip if it ends in .gz.

    Returns:
        A read-only array of the shape in the header.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is damaged: not gzip, cut off or altered under gzip, another magic number,
            or more or fewer values than the header announces. The message names the file.
    """
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = _decompress(path, content)
    header_size = 4 + 4 * ndim
    if len(content) < header_size:
        raise _damaged(
            path,
            f"expected a header of {header_size} bytes, but the file ends after {len(content)}",
        )
    magic = int.from_bytes(content[:4], "big")
    expected_magic = _UNSIGNED_BYTE << 8 | ndim
    if magic != expected_magic:
        raise _damaged(
            path,
            f"expected the magic number 0x{expected_magic:08x} (unsigned bytes, {ndim} "
            f"dimension{'s' if ndim > 1 else ''}), got 0x{magic:08x}",
        )
    shape = tuple(int(length) for length in np.frombuffer(content[4:header_size], dtype=">u4"))
    # Python integers: the product of damaged lengths may exceed 64 bits.
    expected_size = 1
    for length in shape:
        expected_size *= length
    size = len(content) - header_size
    if size != expected_size:
        fault = "is cut off" if size < expected_size else "has trailing bytes"
        raise _damaged(
            path,
            f"it {fault}: the header announces the shape {shape}, which is {expected_size} bytes "
            f"of values, got {size}",
        )
    return np.frombuffer(content, dtype=np.uint8, offset=header_size).reshape(shape)


def _decompress(path: Path, content: bytes) -> bytes:
    if not content.startswith(_GZIP_MAGIC):
        start = content[:4].hex(" ") or "nothing at all"
        raise _damaged(
            path,
            f"it is not a gzip file: expected it to begin with 1f 8b, got {start} "
            "(a file that is already unpacked has no .gz in its name)",
        )
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | _GZIP_HEADER)
    try:
        values = stream.decompress(content)
    except zlib.error as error:
        raise _damaged(path, f"its gzip stream is broken ({error})") from error
    if not stream.eof:
        raise _damaged(path, "it is cut off: the gzip stream has no end")
    if stream.unused_data:
        raise _damaged(
            path,
            f"it has trailing bytes: expected the end of the file after the gzip stream, got "
            f"{len(stream.unused_data)} more bytes",
        )
    return values


def _damaged(path: Path, what: str) -> ValueError:
    return ValueError(f"{path} is damaged: {what}; replace the file by a good copy")
