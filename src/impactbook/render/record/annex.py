"""The annex: how figures were computed and are to be read, what verdicts mean, and all figures."""

from __future__ import annotations

from impactbook.language import say
from impactbook.model.evidence import Verdict
from impactbook.model.impacts import LIKELIHOODS, SEVERITIES
from impactbook.render.blocks import Block
from impactbook.render.record.figure_tables import all_figures
from impactbook.render.record.parts import Cell, bullets, cell, facts, heading, paragraph
from impactbook.render.record.view import RecordView

_METHODS = ("intervals", "representation", "several", "labels", "unknown", "combinations", "levels")
_VERDICTS: tuple[Verdict, ...] = (
    "ok",
    "attention",
    "fail",
    "not_enough_data",
    "not_measured",
    "suppressed",
    "",
)
_GATES = ("pass", "conditional", "blocked", "prohibited")


def annex(view: RecordView) -> list[Block]:
    """The chapter "Annex"."""
    return [
        heading(1, view.say("annex-title"), "annex"),
        heading(2, view.say("methods-title"), "methods"),
        *bullets(_methods(view)),
        heading(2, view.say("glossary-title"), "glossary"),
        *_glossary(view),
        heading(2, view.say("figures-title"), "figures"),
        *_figures(view),
    ]


def _methods(view: RecordView) -> list[Cell]:
    """How figures come about; the suppression limits are those of the datasets."""
    told = [cell(view.say(f"method-{name}")) for name in _METHODS]
    limits = sorted({one.get("suppression_limit", 1) for one in view.datasets.values()})
    if any(limit > 1 for limit in limits):
        told.append(cell(view.say("method-suppression", limit=max(limits) - 1)))
    return told


def _glossary(view: RecordView) -> list[Block]:
    """What verdicts, gates, severities and likelihoods mean."""
    verdicts = [
        (
            say("figures", f"verdict-{verdict}", view.language),
            say("figures", f"means-{verdict}", view.language),
        )
        for verdict in _VERDICTS
    ]
    gates = [(view.label("gate", one), view.label("gate-means", one)) for one in _GATES]
    severities = [(view.label("severity", s), view.say(f"severity-means-{s}")) for s in SEVERITIES]
    likely = [
        (view.label("likelihood", one), view.say(f"likelihood-means-{one}")) for one in LIKELIHOODS
    ]
    blocks: list[Block] = []
    for name, pairs in (
        ("verdicts", verdicts),
        ("gates", gates),
        ("severities", severities),
        ("likelihoods", likely),
    ):
        blocks += [paragraph(view.say(f"glossary-{name}")), *facts(pairs)]
    return blocks


def _figures(view: RecordView) -> list[Block]:
    if not view.figures:
        return [paragraph(view.say("no-figures"))]
    blocks: list[Block] = [paragraph(view.say("figures-intro"))]
    for dataset in view.datasets:
        name = view.declared(dataset, view.datasets[dataset].get("title") or dataset)
        tables = all_figures(view, dataset)
        blocks += [heading(3, name, f"figures-{dataset}"), *tables] if tables else []
    return blocks
