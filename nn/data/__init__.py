"""Data sets, and the loader that cuts them into mini-batches."""

from nn.data.dataset import Dataset, TensorDataset
from nn.data.digits import digits
from nn.data.loader import DataLoader
from nn.data.mnist import mnist
from nn.data.splits import TrainTest
from nn.data.standardize import Standardize
from nn.data.subset import Subset, random_split

__all__ = [
    "DataLoader",
    "Dataset",
    "Standardize",
    "Subset",
    "TensorDataset",
    "TrainTest",
    "digits",
    "mnist",
    "random_split",
]


def __dir__() -> list[str]:
    return sorted(__all__)
