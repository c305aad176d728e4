"""Data sets, and the loader that cuts them into mini-batches."""

from nn.data.dataset import Dataset, TensorDataset
from nn.data.digits import digits
from nn.data.loader import DataLoader
from nn.data.mnist import mnist
from nn.data.splits import TrainTest

__all__ = ["DataLoader", "Dataset", "TensorDataset", "TrainTest", "digits", "mnist"]
