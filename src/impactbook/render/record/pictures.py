"""The charts of a record: one forest plot per attribute compared with a reference, one heat map.

Each has a stable name, under which `evidence/charts/<name>.svg` is sealed. They are drawn from
published figures and from the ratings, nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from impactbook.model.evidence import Figure
from impactbook.model.impacts import LIKELIHOODS, SEVERITIES
from impactbook.render.charts import (
    Chart,
    CoverageMap,
    ForestRow,
    HeatPoint,
    coverage_map,
    representation_forest,
    risk_heatmap,
)
from impactbook.render.record.view import RecordView
from impactbook.render.sentences import is_main

HEATMAP = "risk-heatmap"


def charts(view: RecordView) -> dict[str, Chart]:
    """All charts of a record by name; only what there are figures or ratings for."""
    found = {}
    for dataset in view.datasets:
        for attribute in compared_attributes(view, dataset):
            chart = forest(view, dataset, attribute)
            if chart is not None:
                found[forest_name(dataset, attribute)] = chart
        for attribute in crossed_attributes(view, dataset):
            chart = coverage(view, dataset, attribute)
            if chart is not None:
                found[coverage_name(dataset, attribute)] = chart
    chart = heatmap(view)
    return {**found, **({HEATMAP: chart} if chart is not None else {})}


def forest_name(dataset: str, attribute: str) -> str:
    """The name of a forest plot, safe as a file name."""
    return f"{dataset}-representation-{re.sub('[^A-Za-z0-9_-]+', '-', attribute)}"


def compared_attributes(view: RecordView, dataset: str) -> list[str]:
    """Attributes that were compared with a reference, in the order of the figures."""
    return list(dict.fromkeys(figure.attribute for figure in ratios(view, dataset)))


def ratios(view: RecordView, dataset: str, attribute: str | None = None) -> list[Figure]:
    """The representation ratios that people read: over all splits, without bounds."""
    return [
        figure
        for figure in view.figures_of(dataset)
        if figure.metric == "representation_ratio"
        and figure.group
        and is_main(figure)
        and attribute in (None, figure.attribute)
    ]


def forest(view: RecordView, dataset: str, attribute: str) -> Chart | None:
    """The forest plot of one attribute: drawn before, or drawn now; None without any value."""
    name = forest_name(dataset, attribute)
    if name in view.charts:
        return view.charts[name]
    figures = ratios(view, dataset, attribute)
    if all(figure.value is None for figure in figures):
        return None
    labels = view.labels(dataset)
    rows = [
        ForestRow(
            label=labels.group(attribute, figure.group),
            value=figure.value,
            low=figure.ci_low,
            high=figure.ci_high,
            verdict=figure.verdict,
        )
        for figure in figures
    ]
    title = view.say("forest-title", attribute=labels.attribute(attribute))
    return representation_forest(rows, _band(figures), view.language, title)


def _band(figures: Iterable[Figure]) -> tuple[float, float]:
    for figure in figures:
        if figure.threshold_low is not None and figure.threshold_high is not None:
            return figure.threshold_low, figure.threshold_high
    return 0.8, 1.25


def crossed_attributes(view: RecordView, dataset: str) -> list[str]:
    """Pairs of attributes of which every combination was told, in the order of the figures."""
    return list(
        dict.fromkeys(
            figure.attribute
            for figure in view.figures_of(dataset)
            if figure.metric == "cell_count" and figure.threshold_low is not None
        )
    )


def coverage_name(dataset: str, attribute: str) -> str:
    """The name of a map of combinations, safe as a file name."""
    return f"{dataset}-coverage-{re.sub('[^A-Za-z0-9_-]+', '-', attribute)}"


def coverage(view: RecordView, dataset: str, attribute: str) -> Chart | None:
    """The map of two attributes' combinations: drawn before, or drawn now; None if there is none."""
    name = coverage_name(dataset, attribute)
    if name in view.charts:
        return view.charts[name]
    cells = [
        figure
        for figure in view.figures_of(dataset)
        if figure.metric == "cell_count"
        and figure.attribute == attribute
        and not figure.condition
        and figure.threshold_low is not None
    ]
    places = [figure.group.split(" / ") for figure in cells]
    if not cells or any(len(place) != 2 for place in places):
        return None
    labels, (first, second) = view.labels(dataset), attribute.split("*")
    rows, columns = (list(_in_order(place[at] for place in places)) for at in (0, 1))
    counts = {
        (rows.index(row), columns.index(column)): None if f.value is None else int(f.value)
        for f, (row, column) in zip(cells, places, strict=True)
    }
    return coverage_map(
        CoverageMap(
            [labels.group(first, row) for row in rows],
            [labels.group(second, column) for column in columns],
            counts,
            int(cells[0].threshold_low or 0),
        ),
        view.language,
        labels.attribute(attribute),
    )


def _in_order(groups: Iterable[str]) -> list[str]:
    """Groups by name, as ages and bands are read."""
    return sorted(dict.fromkeys(groups))


def heatmap(view: RecordView) -> Chart | None:
    """The heat map: every rating of every impact, raters side by side; None without ratings."""
    if HEATMAP in view.charts:
        return view.charts[HEATMAP]
    placed: dict[tuple[str, int, int], list[str]] = {}
    for impact in view.items("impacts"):
        for rating in impact.get("ratings") or ():
            severity = SEVERITIES.index(rating["severity"]) + 1
            likelihood = LIKELIHOODS.index(rating["likelihood"]) + 1
            key = (view.impact_number(impact["id"]), severity, likelihood)
            placed.setdefault(key, []).append(view.who(rating["by"]))
    points = [
        HeatPoint(label=label, severity=severity, likelihood=likelihood, by=", ".join(raters))
        for (label, severity, likelihood), raters in placed.items()
    ]
    return risk_heatmap(points, view.language) if points else None
