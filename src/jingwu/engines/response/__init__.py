"""Pure calculation of response; see docs/engines/response.md."""
