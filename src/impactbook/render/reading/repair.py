"""Notebook files that break the rules of their format, brought into a form that can be read.

Tools write notebooks without metadata, with `null` for an empty list, with outputs that are no
outputs. What cannot be read is left out; what can is printed.
"""

from __future__ import annotations

from typing import Any

_TEXTS = ("raw", "markdown", "code")


def repaired(told: Any) -> dict[str, Any] | None:
    """A notebook of format 4 with every key that readers rely on; None for what is no notebook."""
    if not isinstance(told, dict) or not isinstance(told.get("cells"), list):
        return None
    return {
        **told,
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": _mapping(told.get("metadata")),
        "cells": [_cell(cell) for cell in told["cells"] if isinstance(cell, dict)],
    }


def _cell(told: dict[str, Any]) -> dict[str, Any]:
    kind = told.get("cell_type") if told.get("cell_type") in _TEXTS else "raw"
    made = {
        "cell_type": kind,
        "metadata": _mapping(told.get("metadata")),
        "source": _text(told.get("source")),
    }
    if kind == "code":
        outputs = told.get("outputs")
        listed = outputs if isinstance(outputs, list) else []
        found = [_output(one) for one in listed if isinstance(one, dict)]
        return {**made, "execution_count": None, "outputs": [one for one in found if one]}
    attachments = {
        name: bundle
        for name, bundle in _mapping(told.get("attachments")).items()
        if isinstance(bundle, dict)
    }
    return {**made, "attachments": attachments} if attachments else made


def _output(told: dict[str, Any]) -> dict[str, Any] | None:
    """An output with its compulsory keys; None for a kind that does not exist."""
    kind = told.get("output_type")
    match kind:
        case "stream":
            return {"output_type": kind, "name": "stdout", "text": _text(told.get("text"))}
        case "error":
            lines = told.get("traceback")
            return {
                "output_type": kind,
                "ename": _text(told.get("ename")),
                "evalue": _text(told.get("evalue")),
                "traceback": [_text(line) for line in lines] if isinstance(lines, list) else [],
            }
        case "display_data" | "execute_result":
            count = {"execution_count": None} if kind == "execute_result" else {}
            data = {
                form: value if form.endswith("json") else _text(value)
                for form, value in _mapping(told.get("data")).items()
            }
            metadata = _mapping(told.get("metadata"))
            return {"output_type": kind, "data": data, "metadata": metadata, **count}
        case _:
            return None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    """Text, or lines of it; numbers as they are written, nothing for nothing."""
    if isinstance(value, list):
        return "".join(_text(line) for line in value)
    return "" if value is None else str(value)
