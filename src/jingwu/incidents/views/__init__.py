"""Pages of the room ``incidents``."""
