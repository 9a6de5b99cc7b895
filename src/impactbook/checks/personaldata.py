"""Personal data that stands in free texts by accident: found, counted, and forgotten at once.

Only numbers leave this module. Candidates are verified by the libraries that know the formats:
phone numbers by phonenumbers (ITU-T E.164 and national plans), IBANs by python-stdnum
(ISO 13616, mod 97), card numbers by Luhn's check digit (ISO/IEC 7812) and the issuers' ranges.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

Kind = Literal["email", "phone", "iban", "card"]
KINDS: tuple[Kind, ...] = get_args(Kind)

CANDIDATE = r"@|([0-9][ ()./-]*){7}|[A-Za-z]{2}[0-9]{2}[ -]?[A-Za-z0-9]{4}"
"""A text without a match of this holds none of the kinds; engines use it to skip most texts."""

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[A-Za-z]{2,24}(?![\w-])")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_CARD = re.compile(r"(?<![\d.,-])\d(?:[ -]?\d){12,18}(?![\d.,-])")
_CARD_STARTS = re.compile(
    r"4|5[1-5]|2(2(2[1-9]|[3-9])|[3-6]|7([01]|20))|3[47]|6(011|5|4[4-9])|3(0[0-5]|[689])|35"
)


def kinds_in(text: str, *, region: str = "DE") -> set[Kind]:
    """Which kinds of personal data a text holds; `region` is where numbers without prefix are from.

    >>> sorted(kinds_in("write to anna@example.org or call 030 901820"))
    ['email', 'phone']
    >>> kinds_in("order 4711 of 12.03.2024, 250.000 pieces")
    set()
    """
    found: set[Kind] = set()
    if _EMAIL.search(text):
        found.add("email")
    rest = text
    for kind, pattern, is_one in (("iban", _IBAN, _is_iban), ("card", _CARD, _is_card)):
        for match in pattern.finditer(rest):
            if is_one(match.group()):
                found.add(kind)  # type: ignore[arg-type]
                # The digits of an account or a card are no phone number as well.
                rest = rest.replace(match.group(), " ")
    if _has_phone(rest, region):
        found.add("phone")
    return found


def _is_iban(candidate: str) -> bool:
    from stdnum import iban
    from stdnum.exceptions import ValidationError

    words = re.split(r"[ -]", candidate)
    # A word after an IBAN may look like its next part, so shorter beginnings are tried as well.
    for count in range(len(words), 0, -1):
        try:
            iban.validate("".join(words[:count]), check_country=False)
            return True
        except ValidationError:
            continue
    return False


def _is_card(candidate: str) -> bool:
    from stdnum import luhn

    digits = re.sub(r"\D", "", candidate)
    return _CARD_STARTS.match(digits) is not None and luhn.is_valid(digits)


def _has_phone(text: str, region: str) -> bool:
    import phonenumbers

    return any(True for _ in phonenumbers.PhoneNumberMatcher(text, region))


@dataclass
class Tally:
    """Rows and persons in whose texts something was found; never the texts.

    Persons are kept as 64-bit hashes while counting, so that memory stays bounded.
    """

    rows: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    people: dict[Kind, set[int]] = field(default_factory=lambda: {kind: set() for kind in KINDS})

    def add(self, texts: Iterable[tuple[str, object]], *, region: str) -> None:
        """Look through (text, person) pairs; the person is None where nobody is named."""
        for text, person in texts:
            for kind in kinds_in(text, region=region):
                self.rows[kind] += 1
                if person is not None:
                    self.people[kind].add(hash(person))
