"""The room ``journal``; see docs/rooms/journal.md."""
