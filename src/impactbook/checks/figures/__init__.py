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
from impactbook.checks.figures.duplicates import (
    conflicting_label_figures,
    repeat_figures,
)
from impactbook.checks.figures.hypotheses import hypothesis_figures, with_adjusted_p
from impactbook.checks.figures.intersections import intersection_figures
from impactbook.checks.figures.joint import joint_representation_figures, standardised_figures
from impactbook.checks.figures.label_distances import label_distance_figures
from impactbook.checks.figures.labels import label_share_figures
from impactbook.checks.figures.overlaps import overlap_figures
from impactbook.checks.figures.pairs import pair_figures
from impactbook.checks.figures.patterns import JointShares, Population, pattern_figures
from impactbook.checks.figures.periods import over_time_figures, period_figures
from impactbook.checks.figures.proxies import proxy_figures
from impactbook.checks.figures.quality import (
    Counted,
    conflicting_figures,
    missing_figures,
    size_figures,
)
from impactbook.checks.figures.representation import representation_figures
from impactbook.checks.figures.shares import share_figures

__all__ = [
    "CheckFigures",
    "Counted",
    "FigureContext",
    "JointShares",
    "Population",
    "conflicting_figures",
    "conflicting_label_figures",
    "decode_name",
    "diversity_figures",
    "encode_name",
    "figure_id",
    "hypothesis_figures",
    "intersection_figures",
    "joint_representation_figures",
    "label_balance_figures",
    "label_distance_figures",
    "label_share_figures",
    "make_figure",
    "missing_figures",
    "not_measured",
    "over_time_figures",
    "overlap_figures",
    "pair_figures",
    "pattern_figures",
    "period_figures",
    "proxy_figures",
    "repeat_figures",
    "representation_figures",
    "share_figures",
    "size_figures",
    "standardised_figures",
    "with_adjusted_p",
]
