"""Reading a SurveyJS file: strict JSON with the line of every value, and nothing that cannot be kept."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from impactbook.errors import InputError
from impactbook.workspace.mistakes import dotted
from impactbook.workspace.reading import UNPRINTABLE, decode_text

MAX_BYTES = 4_000_000
MAX_DEPTH = 60
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[{}\[\],:]|[^\s{}\[\],:"]+')

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class SourceFile:
    """A parsed file: its name in messages, its data, and the line on which each value begins."""

    name: str
    data: Mapping[str, Any]
    lines: Mapping[Path, int]

    def error(self, path: Path, problem: str, remedy: str) -> InputError:
        """A sentence about one place; it names the nearest line that is known."""
        ends = range(len(path), -1, -1)
        line = next((self.lines[path[:end]] for end in ends if path[:end] in self.lines), None)
        return InputError(problem, remedy=remedy, file=self.name, line=line, field=dotted(path))


def read_source(content: bytes, name: str) -> SourceFile:
    """Parse a SurveyJS file; raises `InputError` for anything but a JSON object that can be kept.

    A key given twice, numbers JSON does not know and control characters are refused, because what
    a reader sees must be what is imported.
    """
    text = decode_text(content, name, limit=MAX_BYTES)
    data = _parsed(text, name)
    if not isinstance(data, dict):
        raise InputError(
            "holds no JSON object", remedy="give the questionnaire as SurveyJS saves it", file=name
        )
    source = SourceFile(name, data, _lines(text))
    if max(map(len, source.lines)) > MAX_DEPTH:
        raise InputError(
            f"is nested deeper than {MAX_DEPTH} levels", remedy="flatten it", file=name
        )
    _refuse_unfit(source, data, ())
    return source


class _KeyTwiceError(ValueError):
    """A key stands twice in one object."""


def _parsed(text: str, name: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise InputError(
            f"the JSON is malformed ({error.msg.lower()}, column {error.colno})",
            remedy="correct it",
            file=name,
            line=error.lineno,
        ) from None
    except _KeyTwiceError as error:
        raise InputError(
            f"has the key {str(error)[:60]!r} twice in one object", remedy="keep one", file=name
        ) from None
    except RecursionError:
        raise InputError("is nested too deeply", remedy="flatten it", file=name) from None
    except ValueError:
        raise InputError(
            "holds a number that JSON does not know", remedy="correct it", file=name
        ) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _KeyTwiceError(key)
        found[key] = value
    return found


def _no_number(_: str) -> NoReturn:
    raise ValueError


def _lines(text: str) -> dict[Path, int]:
    """The line of every value of a text that is known to be valid JSON."""
    lines: dict[Path, int] = {}
    path: list[str | int] = []
    expects_key: list[bool] = []
    line, at = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at, part = match.start(), match[0]
        if part in "}]":
            path.pop()
            expects_key.pop()
        elif part == ",":
            last = path[-1]
            expects_key[-1] = isinstance(last, str)
            path[-1] = last if isinstance(last, str) else last + 1
        elif part == ":":
            expects_key[-1] = False
        elif expects_key and expects_key[-1]:
            path[-1] = json.loads(part)
        else:
            lines[tuple(path)] = line
            if part in "{[":
                path.append("" if part == "{" else 0)
                expects_key.append(part == "{")
    return lines


def _refuse_unfit(source: SourceFile, value: Any, path: Path) -> None:
    """Stop at the first text that a YAML file cannot hold."""
    if isinstance(value, dict):
        for key, part in value.items():
            _refuse_unfit(source, key, path)
            _refuse_unfit(source, part, (*path, key))
    elif isinstance(value, list):
        for at, part in enumerate(value):
            _refuse_unfit(source, part, (*path, at))
    elif isinstance(value, str) and (bad := UNPRINTABLE.search(value)):
        problem = f"holds the character U+{ord(bad[0]):04X}, which a text file may not have"
        raise source.error(path, problem, "remove it")
