"""What other rooms and pages may know of duty: who is on, rosters, leave, swaps, handovers."""

from jingwu.duty.queries.presence import OnDuty, on_duty

__all__ = ["OnDuty", "on_duty"]
