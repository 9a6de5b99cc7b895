"""Charts: one function each, from plain rows to a `Chart` of picture, description and numbers.

Every chart reads in grey: shapes and words say what colours say. The same rows give the same bytes.
"""

from impactbook.render.charts.bars import MissingRow, ShareRow, missing_bars, share_bars
from impactbook.render.charts.coverage import CoverageMap, coverage_map
from impactbook.render.charts.dots import DotPanel, DotRow, share_dots
from impactbook.render.charts.drawing import Chart
from impactbook.render.charts.forest import ForestRow, representation_forest
from impactbook.render.charts.heatmap import HeatPoint, risk_heatmap
from impactbook.render.charts.over_time import GroupOverTime, Moment, over_time
from impactbook.render.charts.ranked import RankedRow, ranked_bars

__all__ = [
    "Chart",
    "CoverageMap",
    "DotPanel",
    "DotRow",
    "ForestRow",
    "GroupOverTime",
    "HeatPoint",
    "MissingRow",
    "Moment",
    "RankedRow",
    "ShareRow",
    "coverage_map",
    "missing_bars",
    "over_time",
    "ranked_bars",
    "representation_forest",
    "risk_heatmap",
    "share_bars",
    "share_dots",
]
