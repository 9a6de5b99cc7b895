"""What somebody expected before looking at the data, and whether the data bears it out."""

from __future__ import annotations

from impactbook.render.blocks import Block
from impactbook.render.record.parts import Cell, bullets, cell, heading, joined, paragraph
from impactbook.render.record.view import RecordView
from impactbook.render.sentences import conditions, hypothesis_sentence


def hypothesis_section(view: RecordView, dataset: str) -> list[Block]:
    """Each hypothesis in the words of whoever stated it, then what was measured."""
    labels = view.labels(dataset)
    figures = [f for f in view.figures_of(dataset) if f.metric == "hypothesis"]
    if not figures:
        return []
    stated = {
        cited: check.get("because")
        for check in view.datasets[dataset].get("checks") or ()
        if check["check"] == "hypotheses"
        for cited in check.get("figures") or ()
    }
    lines: list[Cell] = [
        joined(
            [
                view.declared(dataset, stated.get(figure.id)),
                cell(hypothesis_sentence(figure, labels)),
            ]
        )
        for figure in sorted(figures, key=lambda one: conditions(one).get("hypothesis", ""))
    ]
    return [
        heading(3, view.say("hypotheses-title"), f"{dataset}-hypotheses"),
        paragraph(view.say("hypotheses-intro")),
        *bullets(lines),
    ]
