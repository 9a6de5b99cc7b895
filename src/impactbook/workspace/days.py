"""The day that dated rules refer to: the one a person names, or today in the workspace's zone."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

from impactbook.errors import InputError
from impactbook.model.config import Settings

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def reference_day(text: str | None, settings: Settings, *, field: str) -> dt.date:
    """The day named by `text`, or today where it is empty.

    Raises `InputError` for anything but YYYY-MM-DD; `field` is what the person filled in.
    """
    if not text:
        return dt.datetime.now(ZoneInfo(settings.time_zone)).date()
    try:
        if _DAY.fullmatch(str(text)) is None:
            raise ValueError
        return dt.date.fromisoformat(str(text))
    except ValueError:
        raise InputError(
            f"{str(text)[:40]!r} is no date", remedy="write it as YYYY-MM-DD", field=field
        ) from None
