"""The room ``offices``; see docs/rooms/offices.md."""
