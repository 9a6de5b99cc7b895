"""Figures from published tables: one module per question, pure arithmetic, nothing hidden is seen.

Every function takes a `FigureContext`, then `PublishedTables`, and returns `CheckFigures`; `where`
restricts it to levels of other axes (`{"split": "train"}`) and becomes the figures' condition.
"""

from impactbook.checks.figures.classes import label_balance_figures
from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    decode_name,
    encode_name,
    figure_id,
    make_figure,
    not_measured,
)
from impactbook.checks.figures.diversity import diversity_figures
from impactbook.checks.figures.intersections import intersection_figures
from impactbook.checks.figures.labels import label_share_figures
from impactbook.checks.figures.quality import (
    Counted,
    conflicting_figures,
    duplicate_figures,
    mean_words_figures,
    missing_figures,
    overlap_figures,
    size_figures,
)
from impactbook.checks.figures.representation import representation_figures
from impactbook.checks.figures.shares import share_figures

__all__ = [
    "CheckFigures",
    "Counted",
    "FigureContext",
    "conflicting_figures",
    "decode_name",
    "diversity_figures",
    "duplicate_figures",
    "encode_name",
    "figure_id",
    "intersection_figures",
    "label_balance_figures",
    "label_share_figures",
    "make_figure",
    "mean_words_figures",
    "missing_figures",
    "not_measured",
    "overlap_figures",
    "representation_figures",
    "share_figures",
    "size_figures",
]
