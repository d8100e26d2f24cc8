"""The room ``planning``; see docs/rooms/planning.md."""
