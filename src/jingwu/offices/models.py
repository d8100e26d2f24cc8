"""Tables of the room ``offices``."""
