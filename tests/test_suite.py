"""The tests themselves: each can fail, and each draws its random numbers by itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
GENERATORS = {"default_rng", "RandomState", "Generator", "Random"}
# A call whose name begins so fails where something is wrong.
CHECKING = ("assert_", "check", "raises", "warns", "fail")


def called(node: ast.AST) -> str:
    """The last name of the function that a call calls, or nothing."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def shared_generators(tree: ast.Module) -> list[str]:
    """The names that modules and classes give to generators of random numbers."""
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
    return [
        ast.unparse(statement)
        for body in bodies
        for statement in body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        and called(statement.value or statement) in GENERATORS
    ]


def toothless(tree: ast.Module, helpers: set[str]) -> Iterator[str]:
    """The tests of a module that neither assert, nor call what does."""
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    for test in functions:
        if test.name.startswith("test_") and not checks(test) and not used(test) & helpers:
            yield test.name


def checks(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.Assert)
        or called(node).startswith(CHECKING)
        # A program that has to end well.
        or (called(node) == "run" and "check=True" in ast.unparse(node))
        for node in ast.walk(function)
    )


def used(function: ast.FunctionDef) -> set[str]:
    """The functions that are called by a plain name, and the fixtures."""
    calls = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    names = {call.id for call in calls if isinstance(call, ast.Name)}
    return names | {argument.arg for argument in function.args.args}


def checking_helpers(tree: ast.Module) -> set[str]:
    """The functions of a module that check something, by themselves or by each other."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    functions = [f for f in functions if not f.name.startswith("test_")]
    known = {f.name for f in functions if checks(f)}
    while more := {f.name for f in functions if used(f) & known} - known:
        known |= more
    return known


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    """The source of all tests, by file."""
    paths = sorted(TESTS.rglob("*.py"))
    return {p.relative_to(TESTS).as_posix(): ast.parse(p.read_text("utf-8")) for p in paths}


def test_no_generator_is_shared_between_tests(trees: dict[str, ast.Module]) -> None:
    assert len(trees) > 100
    shared = {name: shared_generators(tree) for name, tree in trees.items()}
    assert {name: found for name, found in shared.items() if found} == {}


def test_every_test_can_fail(trees: dict[str, ast.Module]) -> None:
    own = {name: checking_helpers(tree) for name, tree in trees.items()}
    everywhere = set().union(*own.values())
    fixtures = set().union(*(own[name] for name in own if name.endswith("conftest.py")))
    found = []
    for name, tree in trees.items():
        imports = (n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level)
        imported = {alias.name for node in imports for alias in node.names}
        helpers = own[name] | fixtures | (imported & everywhere)
        found += [f"{name}: {test}" for test in toothless(tree, helpers)]
    assert found == []


@pytest.mark.parametrize(
    ("program", "count"),
    [
        ("rng = np.random.default_rng(0)", 1),
        ("class A:\n    rng: Any = random.Random(0)", 1),
        ("X = np.random.default_rng(0).normal(size=3)", 0),
        ("def f():\n    rng = np.random.default_rng(0)", 0),
    ],
)
def test_which_generators_are_shared(program: str, count: int) -> None:
    assert len(shared_generators(ast.parse(program))) == count


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ("def test_a(): f()", ["test_a"]),
        ("def f(): return 1\ndef test_a(): f()", ["test_a"]),
        ("def f(): assert x\ndef g(): f()\ndef test_a(): g()", []),
        ("def test_a():\n    with pytest.raises(ValueError): f()", []),
        ("def test_a(): run(['a'])", ["test_a"]),
        ("def test_a(): run(['a'], check=True)", []),
    ],
)
def test_which_tests_cannot_fail(program: str, found: list[str]) -> None:
    tree = ast.parse(program)
    assert list(toothless(tree, checking_helpers(tree))) == found
