"""What identifies the meaning of a pack or of a set of rules, whatever its file looks like."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def digest_of(said: Mapping[str, Any]) -> str:
    """SHA-256 over JSON with sorted keys; layout and comments of a file do not count."""
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
