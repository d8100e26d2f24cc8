"""The room ``duty``; see docs/rooms/duty.md."""
