"""The charts of a record, as published figures and ratings make them: whom the data shows, and risks.

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
    DotPanel,
    DotRow,
    ForestRow,
    GroupOverTime,
    HeatPoint,
    Moment,
    RankedRow,
    coverage_map,
    over_time,
    ranked_bars,
    representation_forest,
    risk_heatmap,
    share_dots,
)
from impactbook.render.figure_values import conditions, is_main, purpose_name
from impactbook.render.labels import Labels
from impactbook.render.record.view import RecordView

HEATMAP = "risk-heatmap"
_OVER_TIME = {"representation_ratio": "over-time", "share_ratio_to_all": "shares-over-time"}


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
        found |= _further(view, dataset)
    chart = heatmap(view)
    return {**found, **({HEATMAP: chart} if chart is not None else {})}


def _further(view: RecordView, dataset: str) -> dict[str, Chart]:
    """The charts of missing values, consent, proxies and shares over time, by name."""
    drawn = {_name(dataset, "consent"): consent_by_group(view, dataset)}
    drawn[_name(dataset, "proxies")] = proxies(view, dataset)
    for attribute in told_apart(view, dataset):
        drawn[_name(dataset, "missing", attribute)] = missing_by_group(view, dataset, attribute)
    for metric, attribute in over_time_attributes(view, dataset):
        name = _name(dataset, _OVER_TIME[metric], attribute)
        drawn[name] = representation_over_time(view, dataset, metric, attribute)
    return {name: chart for name, chart in drawn.items() if chart is not None}


def _name(dataset: str, *parts: str) -> str:
    """The name of a chart, safe as a file name."""
    safe = (re.sub("[^A-Za-z0-9_-]+", "-", part) for part in parts)
    return "-".join((dataset, *safe))


def forest_name(dataset: str, attribute: str) -> str:
    """The name of a forest plot, safe as a file name."""
    return _name(dataset, "representation", attribute)


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
    return _name(dataset, "coverage", attribute)


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
    rows = labels.in_order(first, (place[0] for place in places))
    columns = labels.in_order(second, (place[1] for place in places))
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


def told_apart(view: RecordView, dataset: str) -> list[str]:
    """The attributes by whose groups missing values were told apart."""
    return list(dict.fromkeys(figure.attribute for figure in _missing_in_groups(view, dataset)))


def _missing_in_groups(view: RecordView, dataset: str) -> list[Figure]:
    return [
        figure
        for figure in view.figures_of(dataset)
        if figure.metric == "missing_share" and conditions(figure).keys() == {"column"}
    ]


def missing_by_group(view: RecordView, dataset: str, attribute: str) -> Chart | None:
    """Missing values per column by the groups of one attribute; columns without any are left out."""
    name = _name(dataset, "missing", attribute)
    if name in view.charts:
        return view.charts[name]
    figures = [f for f in _missing_in_groups(view, dataset) if f.attribute == attribute]
    labels, panels = view.labels(dataset), []
    for column in dict.fromkeys(conditions(figure)["column"] for figure in figures):
        own = [f for f in figures if conditions(f)["column"] == column]
        if any(figure.value != 0 for figure in own):
            panels.append(DotPanel(labels.attribute(column), _dots(view, dataset, own)))
    title = view.say("missing-by-title", attribute=labels.attribute(attribute))
    return share_dots(panels, "missing", view.language, title)


def consent_by_group(view: RecordView, dataset: str) -> Chart | None:
    """Consent per purpose, overall and by the groups of each attribute; None without groups."""
    name = _name(dataset, "consent")
    if name in view.charts:
        return view.charts[name]
    figures = [
        figure
        for figure in view.figures_of(dataset)
        if figure.metric == "consent_coverage" and is_main(figure)
    ]
    if not any(figure.group for figure in figures):
        return None
    panels = []
    for purpose in dict.fromkeys(conditions(figure).get("purpose", "") for figure in figures):
        own = [f for f in figures if conditions(f).get("purpose", "") == purpose]
        rows = _dots(view, dataset, own, with_attribute=True)
        panels.append(DotPanel(purpose_name(purpose, view.language), rows, own[0].threshold_low))
    return share_dots(panels, "consent", view.language, view.say("consent-by-title"))


def _dots(
    view: RecordView, dataset: str, figures: Iterable[Figure], *, with_attribute: bool = False
) -> list[DotRow]:
    labels, rows = view.labels(dataset), []
    told = list(figures)
    ordered = {
        attribute: labels.in_order(attribute, (f.group for f in told if f.attribute == attribute))
        for attribute in dict.fromkeys(figure.attribute for figure in told)
    }
    places = list(ordered)

    def place(figure: Figure) -> tuple[int, int]:
        attribute = figure.attribute
        return places.index(attribute), ordered[attribute].index(figure.group)

    for figure in sorted(told, key=place):
        label = labels.group(figure.attribute, figure.group) if figure.group else view.say("all")
        if with_attribute and figure.group:
            label = f"{labels.attribute(figure.attribute)}: {label}"
        rows.append(DotRow(label, figure.value, figure.ci_low, figure.ci_high, figure.verdict))
    return rows


def associations(view: RecordView, dataset: str) -> list[Figure]:
    """How much each column tells about each protected attribute."""
    return [f for f in view.figures_of(dataset) if f.metric == "cramers_v_corrected" and is_main(f)]


def proxies(view: RecordView, dataset: str) -> Chart | None:
    """The ranked bars of associations; None where there is none with a number."""
    name = _name(dataset, "proxies")
    if name in view.charts:
        return view.charts[name]
    figures, labels = associations(view, dataset), view.labels(dataset)
    limits = [figure.threshold_high for figure in figures if figure.threshold_high is not None]
    rows = [
        RankedRow(proxy_label(labels, f), f.value, f.ci_low, f.ci_high, f.verdict) for f in figures
    ]
    limit = limits[0] if limits else 0.3
    return ranked_bars(rows, limit, view.language, view.say("proxies-chart-title"))


def proxy_label(labels: Labels, figure: Figure) -> str:
    """The column that tells and the attribute that it tells: "Beruf → Altersgruppe"."""
    attribute, _, column = figure.attribute.partition("*")
    return f"{labels.attribute(column)} → {labels.attribute(attribute)}"


def over_time_attributes(view: RecordView, dataset: str) -> list[tuple[str, str]]:
    """Each metric and attribute that was told period by period."""
    return list(dict.fromkeys((f.metric, f.attribute) for f in _moments(view, dataset)))


def _moments(view: RecordView, dataset: str) -> list[Figure]:
    return [
        figure
        for figure in view.figures_of(dataset)
        if figure.metric in _OVER_TIME and conditions(figure).keys() == {"period"}
    ]


def representation_over_time(
    view: RecordView, dataset: str, metric: str, attribute: str
) -> Chart | None:
    """One attribute period by period, against the population or against all of the data."""
    name = _name(dataset, _OVER_TIME[metric], attribute)
    if name in view.charts:
        return view.charts[name]
    labels = view.labels(dataset)
    figures = [f for f in _moments(view, dataset) if (f.metric, f.attribute) == (metric, attribute)]
    groups = [
        GroupOverTime(
            labels.group(attribute, group),
            {
                conditions(f)["period"]: Moment(f.value, f.ci_low, f.ci_high, f.verdict)
                for f in figures
                if f.group == group
            },
        )
        for group in labels.in_order(attribute, (figure.group for figure in figures))
    ]
    periods = sorted({conditions(figure)["period"] for figure in figures})
    title = view.say(f"{_OVER_TIME[metric]}-chart", attribute=labels.attribute(attribute))
    return over_time(groups, periods, _band(figures), view.language, title)


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
