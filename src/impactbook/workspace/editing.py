"""Changing a hand-written YAML file: comments, key order and quoting stay as the person left them.

`edit` is a pure function on the text. `save` writes the result, but only if the file is still the
one that was read, so two people editing the same assessment cannot overwrite each other unseen.
"""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from impactbook.errors import ImpactbookError, InputError
from impactbook.files import write_atomically
from impactbook.workspace.reading import read_yaml


class ConflictError(ImpactbookError):
    """The file changed on disk since it was read; nothing was written."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path}: changed on disk since it was read; reload it, then repeat your change."
        )


def _round_trip() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = 100
    yaml.allow_unicode = True
    return yaml


def _indentation(text: str) -> tuple[int, int]:
    """How this file indents lists below a key: (sequence, offset) as ruamel.yaml wants them."""
    lines = text.splitlines()
    for above, line in itertools.pairwise(lines):
        if line.lstrip().startswith("- ") and above.rstrip().endswith(":"):
            offset = (len(line) - len(line.lstrip())) - (len(above) - len(above.lstrip()))
            return offset + 2, offset
    return 4, 2


def edit(content: bytes, changes: Mapping[tuple[str | int, ...], Any], name: str) -> bytes:
    """Set each path of `changes` to its value; a value of None removes the key.

    A list is extended by using its length as index. Raises `InputError` when the file cannot be
    read or a path leads through something that is no group of keys.

    >>> edit(b"a: 1  # why\\nb: 2\\n", {("a",): 3}, "x.yaml")
    b'a: 3  # why\\nb: 2\\n'
    """
    read_yaml(content, name)
    text = content.decode("utf-8-sig")
    yaml = _round_trip()
    sequence, offset = _indentation(text)
    yaml.indent(mapping=2, sequence=sequence, offset=offset)
    document = yaml.load(text)
    for path, value in changes.items():
        _set(document, path, value, name)
    out = io.StringIO()
    yaml.dump(document, out)
    return out.getvalue().encode("utf-8")


def _set(document: Any, path: tuple[str | int, ...], value: Any, name: str) -> None:
    *parents, last = path
    node = document
    for step, following in zip(parents, path[1:], strict=True):
        node = _child(node, step, isinstance(following, int), name)
    if isinstance(node, CommentedSeq) and isinstance(last, int):
        if value is None:
            del node[last]
        elif last == len(node):
            node.append(value)
        else:
            node[last] = value
    elif isinstance(node, CommentedMap) and isinstance(last, str):
        if value is None:
            node.pop(last, None)
        else:
            node[last] = value
    else:
        raise InputError(
            "leads through a plain value",
            remedy="correct the file first",
            file=name,
            field=str(last),
        )


def _child(node: Any, step: str | int, list_follows: bool, name: str) -> Any:
    if isinstance(node, CommentedMap) and isinstance(step, str):
        if node.get(step) is None:
            node[step] = CommentedSeq() if list_follows else CommentedMap()
        return node[step]
    if isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
        return node[step]
    raise InputError(
        "leads through a plain value", remedy="correct the file first", file=name, field=str(step)
    )


def save(path: Path, changes: Mapping[tuple[str | int, ...], Any], *, read_digest: str) -> str:
    """Apply `changes` to the file and return its new digest (SHA-256 of its bytes).

    `read_digest` is the digest the file had when the person opened it. Raises `ConflictError` when
    it has another one now.
    """
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != read_digest:
        raise ConflictError(path)
    edited = edit(content, changes, path.name)
    write_atomically(path, edited)
    return hashlib.sha256(edited).hexdigest()
