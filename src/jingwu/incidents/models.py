"""Tables of the room ``incidents``."""
