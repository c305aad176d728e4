"""The program behind `python -m nn train`: a network learns to read handwritten digits."""
