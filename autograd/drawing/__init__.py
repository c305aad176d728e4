"""Pictures of the computational graph: `draw(t)` and what it returns."""

from .graph import Graph, OpNode, ValueNode, draw

__all__ = ["Graph", "OpNode", "ValueNode", "draw"]
