"""What the packages show: their public names, and nothing that they only use themselves."""

import importlib
import types

import pytest

NAMESPACES = [
    "autograd",
    "autograd.ops",
    "autograd.testing",
    "nn",
    "nn.data",
    "nn.functional",
    "nn.init",
    "nn.plots",
    "nn.sklearn",
    "nn.training",
    "nn.utils",
    "optim",
    "optim.lr_scheduler",
]


@pytest.mark.parametrize("name", NAMESPACES)
def test_a_namespace_shows_its_public_names_only(name):
    namespace = importlib.import_module(name)
    assert dir(namespace) == sorted(set(namespace.__all__))
    for member in namespace.__all__:
        value = getattr(namespace, member)
        if isinstance(value, types.ModuleType):
            assert f"{name}.{member}" in NAMESPACES


@pytest.mark.parametrize("name", NAMESPACES)
def test_no_public_name_comes_from_another_package(name):
    namespace = importlib.import_module(name)
    ours = tuple({n.partition(".")[0] for n in NAMESPACES})
    for member in namespace.__all__:
        value = getattr(namespace, member)
        if isinstance(value, (type, types.FunctionType)):
            assert value.__module__.partition(".")[0] in ours, member
