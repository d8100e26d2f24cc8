"""Floor 3: rules as dated data, read by day."""
