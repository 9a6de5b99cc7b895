"""How validation results are written for `evidence/`: the same bytes for the same results.

Apart from `evidence`, so that a record is composed without what measures.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def document_bytes(document: Mapping[str, Any]) -> bytes:
    """A validation result as JSON that people can read, keys in order.

    >>> document_bytes({"b": 1, "a": "ä"}).decode()
    '{\\n "a": "ä",\\n "b": 1\\n}\\n'
    """
    return (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
