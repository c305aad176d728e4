"""This project with its compiled loops: the same code, with the extra `fast` switched on."""

import os

os.environ["CHALKGRAD_FAST"] = "1"

from peers.chalkgrad import LIBRARY, WORKLOADS, number, record

__all__ = ["LIBRARY", "WORKLOADS", "number", "record"]
