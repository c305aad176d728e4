"""Examples in docstrings run and print what they show; every public name has a docstring."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest

import autograd
import nn
import optim

PACKAGES = (autograd, nn, optim)
MODULES = [package.__name__ for package in PACKAGES] + sorted(
    info.name
    for package in PACKAGES
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    if not info.name.endswith("__main__")
)


def examples(name):
    """The docstrings of a module that show an example."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = finder.find(importlib.import_module(name))
    return [test for test in found if test.examples]


WITH_EXAMPLES = [name for name in MODULES if examples(name)]


def test_there_are_examples():
    assert {name.partition(".")[0] for name in WITH_EXAMPLES} >= {"autograd", "nn"}
    assert "autograd.primitive" in WITH_EXAMPLES


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples(name):
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("package", [*PACKAGES, autograd.ops], ids=lambda p: p.__name__)
def test_every_public_name_is_documented(package):
    for name in package.__all__:
        item = getattr(package, name)
        assert inspect.getdoc(item), name
        for method, value in vars(item).items() if inspect.isclass(item) else ():
            if inspect.isfunction(value) and not method.startswith("_"):
                assert inspect.getdoc(getattr(item, method)), f"{name}.{method}"
