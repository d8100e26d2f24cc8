"""Pure calculation of workflow; see docs/engines/workflow.md."""
