"""Pages of the room ``duty``."""
