"""The triage rules that come with impactbook, read from `rules/` with every mistake named."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from impactbook.frameworks.digests import digest_of
from impactbook.model.triage import RuleSet
from impactbook.workspace.reading import parse, read_yaml

ORDER: tuple[str, ...] = (
    "eu-ai-act",
    "gdpr",
    "betrvg",
    "german-communication-law",
    "accessibility",
)
"""The rule sets in the order in which people read them."""


def load_rules(content: bytes | str, name: str) -> RuleSet:
    """Read one set of rules from its file's content; `name` is the file's name in messages.

    Raises `InputError`, or `InputErrors` for several mistakes, with file, line and field.
    """
    raw = content.encode("utf-8") if isinstance(content, str) else content
    data, lines = read_yaml(raw, name)
    return parse(RuleSet, data, name, lines)


@cache
def shipped_rules() -> tuple[RuleSet, ...]:
    """Every set of rules that ships, in reading order."""
    folder = files("impactbook.frameworks").joinpath("rules")
    return tuple(
        load_rules(folder.joinpath(f"{name}.yaml").read_bytes(), f"{name}.yaml") for name in ORDER
    )


def rules_digest(rules: RuleSet) -> str:
    """SHA-256 over what a set of rules says; layout and comments of its file do not count."""
    return digest_of(rules.model_dump(mode="json", by_alias=True))
