"""Read-only arrays inside frozen facts: shape, finiteness and range checked once, at the border."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from jingwu.terms.refusal import BadInput

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

HOURS_PER_WEEK = 168
MINUTES_PER_HOUR = 60.0
MINUTES_PER_WEEK = HOURS_PER_WEEK * MINUTES_PER_HOUR


def frozen(owner: object, field: str, dtype: Any, shape: tuple[int, ...]) -> Any:
    """Replace ``owner.field`` by a contiguous read-only copy of ``dtype`` and return it.

    Raises: ValueError when the shape is not ``shape`` (a programmer's error, never a user's).
    """
    array = np.array(getattr(owner, field), dtype=dtype, order="C", copy=True)
    if array.shape != shape:
        raise ValueError(f"{type(owner).__name__}.{field}: shape {array.shape}, expected {shape}")
    array.setflags(write=False)
    object.__setattr__(owner, field, array)
    return array


def refuse_bad_numbers(
    array: FloatArray, code: str, label_zh: str, label_en: str, *, allow_infinite: bool = False
) -> None:
    """Refuse NaN, negative and (unless allowed) infinite numbers, saying how many there are and where.

    Raises: BadInput naming the first offending index.
    """
    bad = np.isnan(array) | (array < 0)
    if not allow_infinite:
        bad |= np.isinf(array)
    count = int(np.count_nonzero(bad))
    if count:
        first = tuple(int(index) for index in np.argwhere(bad)[0])
        raise BadInput(
            code,
            f"{label_zh}中有 {count} 个数值无效（缺失、为负或无穷），第一个位于 {first}。",
            f"{count} values of the {label_en} are missing, negative or infinite; the first is at {first}.",
        )


def hour_of_week(minute: FloatArray) -> IntArray:
    """Return the hour of the week (0 = Monday 00:00) of minutes counted from a Monday 00:00."""
    return np.floor_divide(minute, MINUTES_PER_HOUR).astype(np.int64) % HOURS_PER_WEEK
