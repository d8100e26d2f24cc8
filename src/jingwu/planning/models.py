"""Tables of the room ``planning``."""
