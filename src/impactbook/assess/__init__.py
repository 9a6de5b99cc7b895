"""From answers, ratings and evidence to findings, levels, actions and the gate.

Pure functions: no files, no clock; the day is an argument.
"""

from impactbook.assess.content import Inputs, Judgement, assess, record_content
from impactbook.assess.gate import may_go_live
from impactbook.assess.levels import LEVEL_MATRIX, level

__all__ = [
    "LEVEL_MATRIX",
    "Inputs",
    "Judgement",
    "assess",
    "level",
    "may_go_live",
    "record_content",
]
