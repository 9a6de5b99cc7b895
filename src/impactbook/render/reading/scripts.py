"""Raised and lowered text where only plain text can stand: x² must not read as x2."""

from __future__ import annotations

_RAISED = str.maketrans("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")


def raised_or_lowered(text: str, tag: str) -> str:
    """The text of a `sup` or `sub` in characters of that height, where all of them have one.

    >>> raised_or_lowered("2", "sup"), raised_or_lowered("2", "sub"), raised_or_lowered("st", "sup")
    ('²', '₂', 'st')
    """
    table = _RAISED if tag == "sup" else _LOWERED
    return text.translate(table) if all(ord(character) in table for character in text) else text
