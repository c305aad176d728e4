"""The public face of nn and optim, and what importing them costs."""

import subprocess
import sys

import pytest

import nn
import optim


@pytest.mark.parametrize("package", [nn, nn.data, nn.functional, nn.init, nn.training, optim])
def test_every_exported_name_exists_and_is_documented(package):
    assert package.__doc__
    for name in package.__all__:
        member = getattr(package, name)
        assert member.__doc__ or name == "Reduction"


def test_importing_loads_none_of_the_extras():
    code = (
        "import sys, nn, optim; "
        "extras = {'tqdm', 'matplotlib', 'pooch', 'graphviz', 'safetensors', 'sklearn', "
        "'tensorboardX'}; print(sorted(extras & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
