"""The public face of nn and optim, and what importing them costs."""

import subprocess
import sys

import pytest

import nn
import optim


@pytest.mark.parametrize("package", [nn, nn.functional, nn.init, optim])
def test_every_exported_name_exists_and_is_documented(package):
    assert package.__doc__
    for name in package.__all__:
        member = getattr(package, name)
        assert member.__doc__ or name == "Reduction"


def test_importing_loads_neither_the_bar_nor_the_pictures():
    code = (
        "import sys, nn, optim, nn.training; "
        "print(sorted({'tqdm', 'matplotlib', 'pooch', 'graphviz'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
