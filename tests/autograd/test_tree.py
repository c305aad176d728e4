from collections import OrderedDict, defaultdict, namedtuple

import numpy as np

from autograd import Tensor, tree

Pair = namedtuple("Pair", ["first", "second"])


def test_leaves_and_where_they_are() -> None:
    nested = {"w": [1.0, (2.0, None)], "b": 3.0}
    assert list(tree.paths(nested)) == [("['w'][0]", 1.0), ("['w'][1][0]", 2.0), ("['b']", 3.0)]
    assert tree.leaves(5) == [5]
    assert tree.leaves(None) == []


def test_rebuilding_keeps_the_nesting_and_its_types() -> None:
    nested = [Pair(1, {"a": 2}), OrderedDict(b=3), defaultdict(list, c=4), None, ()]
    doubled = tree.transform(lambda x: 2 * x, nested)
    assert doubled == [Pair(2, {"a": 4}), OrderedDict(b=6), {"c": 8}, None, ()]
    assert [type(x) for x in doubled] == [type(x) for x in nested]
    assert doubled[2]["new"] == []
    assert tree.leaves(nested) == [1, 2, 3, 4]


def test_a_tensor_is_found_at_any_depth() -> None:
    assert tree.any_tensor([{"a": (np.ones(2), Tensor(1.0))}])
    assert not tree.any_tensor([{"a": (np.ones(2), None)}])
