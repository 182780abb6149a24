"""Times as texts, fast enough for millions of them."""

import time
from functools import lru_cache

CLOCK = [f"T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z" for second in range(86_400)]


def written(at: int) -> str:
    """A second since 1970, such as 2026-01-31T09:00:00Z."""
    return _date(at // 86_400) + CLOCK[at % 86_400]


@lru_cache(None)
def _date(day: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(day * 86_400))
