"""Digests of what people wrote: the same content gives the same digest, whatever its layout.

They are taken over the parsed data in canonical JSON (RFC 8785), so comments, quoting and key
order do not count, and a later impactbook with more optional keys computes the same value.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785


def plain(value: Any) -> Any:
    """Parsed YAML or TOML as JSON data: dates become ISO 8601 text."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value


def data_digest(value: Any) -> str:
    """SHA-256 (hex) of the canonical JSON of parsed data.

    >>> data_digest({"b": 1, "a": 2}) == data_digest({"a": 2, "b": 1})
    True
    """
    return hashlib.sha256(rfc8785.dumps(plain(value))).hexdigest()


def content_digest(data: Mapping[str, Any]) -> str:
    """The digest that a sign-off names: everything in `assessment.yaml` but the sign-offs."""
    return data_digest({key: value for key, value in data.items() if key != "signoffs"})


def shown_digest(data: Mapping[str, Any]) -> str:
    """The digest of `assessment.yaml` without its internal fields and the digests over them."""
    internal = {"roles": {"person"}, "signoffs": {"person", "digest"}, "attachments": {"file"}}
    return data_digest(
        {
            key: [_without(item, internal[key]) for item in value]
            if key in internal and isinstance(value, list)
            else value
            for key, value in data.items()
        }
    )


def _without(item: Any, keys: set[str]) -> Any:
    if not isinstance(item, Mapping):
        return item
    return {key: value for key, value in item.items() if key not in keys}
