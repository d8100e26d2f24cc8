"""Floor 14: settings, addresses, base templates, static sources and the command line."""
