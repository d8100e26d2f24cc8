"""Floor 0: the vocabulary every other floor speaks. Standard library only."""
