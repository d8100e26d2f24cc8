"""云上警务室: the open platform for community police offices, built as ordered floors (docs/architecture.md)."""
