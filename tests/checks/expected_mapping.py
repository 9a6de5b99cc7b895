"""Which of our figures answers which row of `expected_figures.csv`, and why some have no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

BANK = "bank-telefonkampagne"
BANK_UNKNOWN_AS_GROUP = "bank-unknown-as-group"
VOICES = "voicebot-sprachdaten"
CHAT = "chat-intents-banking77"
_COLUMNS = {"age_band": "age"}
_CELLS = {
    "intersection cells (possible)": "cells_possible",
    "intersection cells empty": "cells_empty",
    "intersection cells n<30": "cells_below_30",
    "smallest non-empty cell": "min_cell_count",
}
_CLASSES = {
    "classes": "classes",
    "largest class": "largest_class",
    "smallest class": "smallest_class",
    "imbalance ratio max/min": "imbalance_ratio",
    "normalised entropy": "normalised_entropy",
}


@dataclass(frozen=True)
class Answer:
    """Where to look: the run, and the columns of the figure (None: any group)."""

    run: str
    metric: str
    attribute: str = ""
    group: str | None = ""
    condition: str = ""


def answer_to(row: Mapping[str, str]) -> Answer:
    """The figure that must equal an expected row; a KeyError means nobody thought of it."""
    return {"bank-full": _bank, "banking77": _chat, "cv_singleword_de": _voices}.get(
        row["dataset"], _against_destatis
    )(row)


def _column(name: str) -> str:
    return _COLUMNS.get(name, name)


def _named(text: str, between: str) -> str:
    return " / ".join(text.split(between))


def _bank(row: Mapping[str, str]) -> Answer:
    metric, group = row["metric"], row["group"]
    label = "label=y;positive=yes"
    if metric in ("rows", "columns"):
        return Answer(BANK, metric)
    if metric == "duplicates":
        return Answer(BANK, metric, condition="matching=exact")
    if metric == "positive rate":
        return Answer(BANK, "label_share", condition=label)
    if metric == 'share "unknown"':
        return Answer(BANK, "missing_share", group)
    if metric in _CELLS:
        axes, _, cell = group.partition(": ")
        run = BANK_UNKNOWN_AS_GROUP if "education" in axes else BANK
        attribute = "*".join(_column(name) for name in axes.split(" x "))
        return Answer(run, _CELLS[metric], attribute, _named(cell, " | "))
    if metric.startswith("selection_rate "):
        kind = "ratio" if " ratio " in metric else "difference"
        which = "all" if "all groups" in metric else "n>=30"
        axes, _, pair = group.partition(": ")
        attribute = "*".join(_column(name) for name in axes.split(" x "))
        ends = pair.split(" / " if kind == "ratio" else " - ")
        named = " / ".join(_named(end, " x ") for end in ends)
        return Answer(BANK, f"label_share_{kind}", attribute, named, f"{label};groups={which}")
    axes, _, value = group.partition("=")
    attribute = "*".join(_column(name) for name in axes.split(" x "))
    told = "missing" if value == "unknown" else _named(value, " x ")
    metrics = {"share": "share_of_all", "selection_rate": "label_share"}
    return Answer(BANK, metrics[metric], attribute, told, "" if metric == "share" else label)


def _chat(row: Mapping[str, str]) -> Answer:
    metric, group = row["metric"], row["group"]
    split = "train" if row["file"].endswith("train.csv") else "test"
    inside = f"split={split}"
    if metric == "rows":
        return Answer(CHAT, "rows", condition=inside)
    if metric == "duplicate texts":
        return Answer(CHAT, "duplicates", condition=f"{inside};matching=exact")
    if metric == "mean words":
        return Answer(CHAT, "mean_words", "text", condition=inside)
    if metric == "train/test text overlap":
        matching = "exact" if group == "exact" else "case_folded"
        return Answer(CHAT, "split_overlap", "split", "train / test", f"matching={matching}")
    answer = _classes(CHAT, row, inside)
    # All 77 classes of the test split have 40 rows: which of them is "largest" is no one's choice.
    return replace(answer, group=None) if metric == "largest class" and split == "test" else answer


def _classes(run: str, row: Mapping[str, str], inside: str) -> Answer:
    label, _, name = row["group"].partition("=")
    metric = _CLASSES[row["metric"]]
    group = None if metric == "imbalance_ratio" else name
    return Answer(run, metric, label, group, inside)


def _voices(row: Mapping[str, str]) -> Answer:
    metric, group = row["metric"], row["group"]
    name = row["file"].rpartition("/")[2].removesuffix(".tsv")
    inside = "" if name == "*" else f"split={name}"
    if metric in ("rows", "speakers"):
        return Answer(VOICES, {"rows": "rows", "speakers": "persons"}[metric], condition=inside)
    if metric == "share":
        attribute, _, value = group.partition("=")
        return Answer(VOICES, "share_of_all", attribute, value, f"{inside};unit=row")
    if metric in _CELLS:
        axes, _, cell = group.partition(": ")
        attribute = "*".join(axes.split(" x "))
        cells = _named(cell, " | ")
        return Answer(VOICES, _CELLS[metric], attribute, cells, f"{inside};unit=row")
    if metric == "speaker overlap":
        pair = _named(group, " & ")
        return Answer(VOICES, "split_overlap", "split", pair, "matching=persons")
    if metric == "speakers with conflicting tags":
        return Answer(VOICES, "conflicting_persons", "accent*age*gender", "", "blank=value")
    return _classes(VOICES, row, inside)


def _against_destatis(row: Mapping[str, str]) -> Answer:
    if row["metric"] == "total variation distance":
        return Answer(VOICES, "total_variation_distance", "age")
    attribute, _, group = row["group"].partition("=")
    name = {"sex": "gender", "age": "age"}[attribute]
    return Answer(VOICES, "representation_ratio", name, group)
