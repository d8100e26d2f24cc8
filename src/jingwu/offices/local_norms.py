"""The door most rooms come through: the norms as they hold for a unit on a day."""

from jingwu.offices.queries.local_norms import norm_book, norms_for

__all__ = ["norm_book", "norms_for"]
