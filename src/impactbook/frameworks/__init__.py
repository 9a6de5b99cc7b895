"""Question packs: what they are made of, which questions apply to a feature, what is covered.

Packs are YAML data in `packs/` or in a company's workspace; no code here knows any one of them.
What answers mean for risk and gate is judged in `assess`.
"""

from impactbook.frameworks.applicability import Applicability, Facts, Reason, applies, facts_of
from impactbook.frameworks.coverage import (
    AskedQuestion,
    Coverage,
    Part,
    applicable_questions,
    coverage,
    unclaimed_answers,
)
from impactbook.frameworks.legal import confidence_remark, legal_remark
from impactbook.frameworks.loader import (
    load_pack,
    pack_digest,
    pack_schema,
    packs_for,
    shipped_packs,
)

__all__ = [
    "Applicability",
    "AskedQuestion",
    "Coverage",
    "Facts",
    "Part",
    "Reason",
    "applicable_questions",
    "applies",
    "confidence_remark",
    "coverage",
    "facts_of",
    "legal_remark",
    "load_pack",
    "pack_digest",
    "pack_schema",
    "packs_for",
    "shipped_packs",
    "unclaimed_answers",
]
