"""The training loop: epochs of mini-batches, each a forward pass, a backward pass and a step.

    history = fit(model, nn.CrossEntropyLoss(), optimizer, loader, 10, validation=test_loader)
    history.plot()

`fit` is the loop; callbacks look on, stop it, and write down what happens. A training that was
killed goes on with `resume=True`, and ends with the same parameters to the last bit.
"""

from .callback import Callback
from .checkpoint import Checkpoint
from .history import Epoch, History
from .logs import CSVLogger, TensorBoard
from .loop import fit
from .measures import accuracy, evaluate, measure
from .nan import NotFiniteError, StopOnNaN
from .progress import ProgressBar
from .recorder import Recorder
from .run import Training
from .stopping import EarlyStopping

__all__ = [
    "CSVLogger",
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "Epoch",
    "History",
    "NotFiniteError",
    "ProgressBar",
    "Recorder",
    "StopOnNaN",
    "TensorBoard",
    "Training",
    "accuracy",
    "evaluate",
    "fit",
    "measure",
]


def __dir__() -> list[str]:
    return sorted(__all__)
