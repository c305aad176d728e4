"""Pictures of the computational graph: `draw(x)` and what it returns."""

from .draw import draw
from .graph import Edge, Failure, Graph, Group, OpNode, ValueNode
from .numbers import Numbers

__all__ = ["Edge", "Failure", "Graph", "Group", "Numbers", "OpNode", "ValueNode", "draw"]
