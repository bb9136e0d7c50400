"""Milliseconds as figures that can be compared."""

import math
from collections.abc import Sequence


def percentile(sorted_values: Sequence[float], part: float) -> float:
    """The smallest value that so large a part of all is not above (nearest rank)."""
    return sorted_values[max(0, math.ceil(part * len(sorted_values)) - 1)]


def line_of(name: str, seconds: Sequence[float]) -> str:
    """One line: how many, and p50, p95, p99 and the largest, in milliseconds."""
    if not seconds:
        return f"{name:28} none"
    ordered = sorted(second * 1000 for second in seconds)
    p50, p95, p99 = (percentile(ordered, part) for part in (0.50, 0.95, 0.99))
    return f"{name:28} {len(ordered):7}   p50 {p50:7.1f}   p95 {p95:7.1f}   p99 {p99:7.1f}   most {ordered[-1]:7.1f} ms"
