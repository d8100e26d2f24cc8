"""Pages of the room ``planning``: plans, comparison, imports."""
