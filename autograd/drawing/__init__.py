"""Pictures of the computational graph: `draw`, `play` and `explain`, and what they return."""

from .drawn import draw
from .explanation import Explanation, explain
from .graph import Edge, Failure, Graph, Group, OpNode, ValueNode
from .numbers import Numbers
from .player import Player, play

__all__ = [
    "Edge",
    "Explanation",
    "Failure",
    "Graph",
    "Group",
    "Numbers",
    "OpNode",
    "Player",
    "ValueNode",
    "draw",
    "explain",
    "play",
]
