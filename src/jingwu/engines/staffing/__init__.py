"""Pure calculation of staffing; see docs/engines/staffing.md."""
