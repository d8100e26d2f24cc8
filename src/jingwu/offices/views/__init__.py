"""Pages of the room ``offices``: the norms."""
