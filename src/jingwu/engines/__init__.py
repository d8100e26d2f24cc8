"""Floor 2: pure calculation. No Django, no clock, no file, no network; the engines do not know each other."""
