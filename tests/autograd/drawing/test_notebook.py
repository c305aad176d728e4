import base64
import re
import subprocess
import sys
import zlib
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nn
from autograd import Tensor


def parsed(value: Any) -> ElementTree.Element:
    """The HTML, which is XML as well once its single tags are closed."""
    text = re.sub(r"<(br|img[^>]*)>", r"<\1/>", value._repr_html_())
    text = text.replace("<details open>", "<details>")
    return ElementTree.fromstring(text)


def text(value: Any) -> str:
    return " ".join(" ".join(parsed(value).itertext()).split())


def test_a_small_tensor_is_a_table() -> None:
    w = Tensor([[1.0, 1 / 3], [0.0, -2.0]], requires_grad=True, name="<w>")
    rows = [[cell.text for cell in row] for row in parsed(w).iter("tr")]
    assert rows == [["1", "0.33333"], ["0", "-2"]]
    assert "<w>" in text(w)
    assert "from multiply" in text(w * 2)
    assert "requires a gradient" in text(w)


@pytest.mark.parametrize(
    ("value", "cells"), [(2.5, ["2.5"]), ([True, False], ["True", "False"]), ([3], ["3"])]
)
def test_numbers_and_truth_values(value: Any, cells: list[str]) -> None:
    assert [cell.text for cell in parsed(Tensor(value)).iter("td")] == cells


def test_no_elements() -> None:
    assert "no elements" in text(Tensor(np.ones((0, 3))))


def test_a_large_tensor_is_a_heat_map() -> None:
    values = np.linspace(-1, 1, 12 * 20).reshape(12, 20)
    values[0, 1] = np.nan
    (image,) = parsed(Tensor(values)).iter("img")
    png = base64.b64decode(image.get("src", "").partition(",")[2])
    assert png.startswith(b"\x89PNG")
    start = png.index(b"IDAT") + 4
    pixels = zlib.decompress(png[start : png.index(b"IEND") - 8])
    table = np.frombuffer(pixels, np.uint8).reshape(12, 1 + 20 * 3)[:, 1:].reshape(12, 20, 3)
    assert tuple(table[0, 0]) == (0, 114, 178)
    assert tuple(table[0, 1]) == (128, 128, 128)
    assert tuple(table[-1, -1]) == (213, 94, 0)
    assert "heat map: min nan" in image.get("alt", "")
    assert "evenly spaced 32 × 32" in text(Tensor(np.ones((100, 100))))


@given(
    hnp.arrays(
        np.float64, hnp.array_shapes(min_dims=0, max_dims=3, max_side=12), elements=st.floats()
    )
)
def test_any_tensor_gives_well_formed_html(value: Any) -> None:
    with np.errstate(all="ignore"):
        page = parsed(Tensor(value))
    assert "".join(page.itertext()).startswith(f"float64 {value.shape}")


def test_a_module_is_a_tree_that_opens_and_closes() -> None:
    model = nn.Sequential(nn.Linear(4, 5), nn.Residual(nn.Linear(5, 5)))
    whole = parsed(model)
    assert whole.tag == "details"
    assert len(list(whole.iter("details"))) == 2
    assert "0: Linear (in_features=4, out_features=5, bias=True) 25 parameters" in text(model)
    assert parsed(nn.ReLU()).tag == "div"


def test_a_module_that_contains_itself() -> None:
    module = nn.Module()
    module.again = module
    assert "contains itself" in text(module)


def test_the_plain_repr_and_the_import_stay_as_they_are() -> None:
    program = (
        "import sys, autograd, nn\n"
        "assert not any(m.startswith('autograd.drawing') for m in sys.modules)\n"
        "assert autograd.Tensor(1.0)._repr_html_()"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    assert repr(Tensor(1.0)) == "Tensor(1.0)"
