"""云上警务室: the open platform for community police offices (docs/architecture.md)."""
