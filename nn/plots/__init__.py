"""Looking at networks: pictures of what they learned, and of how they learned it.

    figure = plots.losses(history)
    figure.savefig("losses.png")

Each function returns a matplotlib `Figure`, which a notebook shows and `savefig` writes. Each takes
`ax`, the Axes to draw into; without it the figure is a new one. None calls `show`, and none touches
the state of pyplot. Colours are told apart by the colour-blind, and no colour says anything alone:
curves differ in their dashes or stand in order, classes carry their names.

matplotlib comes with the extra `plots`: pip install 'chalkgrad[plots]'.
"""

from .classes import codes, confusion_matrix, decision_boundary
from .curves import activations, gradients, losses
from .images import images, weights

__all__ = [
    "activations",
    "codes",
    "confusion_matrix",
    "decision_boundary",
    "gradients",
    "images",
    "losses",
    "weights",
]


def __dir__() -> list[str]:
    return sorted(__all__)
