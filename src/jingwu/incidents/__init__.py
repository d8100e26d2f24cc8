"""The room ``incidents``; see docs/rooms/incidents.md."""
