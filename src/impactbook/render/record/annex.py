"""The annex: how figures were computed and are to be read, what verdicts mean, and all figures."""

from __future__ import annotations

from collections.abc import Mapping

from impactbook.language import say
from impactbook.model.evidence import Verdict
from impactbook.model.impacts import LIKELIHOODS, SEVERITIES
from impactbook.render.blocks import Block
from impactbook.render.record.all_figures import all_figures
from impactbook.render.record.parts import Cell, bullets, cell, facts, heading, paragraph
from impactbook.render.record.view import RecordView

_METHODS: Mapping[str, tuple[str, ...]] = {
    "intervals": (),
    "representation": (),
    "several": (),
    "fit": ("goodness_of_fit_chi_square", "goodness_of_fit_exact_p"),
    "combinations": (),
    "diversity": ("effective_number_of_groups",),
    "labels": (),
    "proxies": ("cramers_v_corrected",),
    "unknown": (),
    "texts": ("type_token_ratio", "duplicate_share"),
    "annotators": ("krippendorff_alpha",),
    "consent": ("consent_coverage",),
    "over-time": ("share_ratio_to_all", "breaches"),
    "hypotheses": ("hypothesis",),
    "levels": (),
}
"""How figures come about, each with the metrics that need it said; without any it is always said."""

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
    there = {figure.metric for figure in view.figures}
    told = [
        cell(view.say(f"method-{name}"))
        for name, metrics in _METHODS.items()
        if not metrics or there & set(metrics)
    ]
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
