"""The room ``people``; see docs/rooms/people.md."""
