"""Floor 1: the vocabulary every other floor speaks. Standard library only."""
