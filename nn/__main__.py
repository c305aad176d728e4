"""`python -m nn train`: train the deck's multi-layer perceptron from the command line."""

import sys

from .demo.main import main

if __name__ == "__main__":
    sys.exit(main())
