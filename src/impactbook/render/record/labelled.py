"""What the data teaches: how labels are spread, what gives an attribute away, who labelled.

Labels are what a model learns; proxies are columns from which it can learn an attribute that it
is not given.
"""

from __future__ import annotations

from impactbook.model.evidence import Figure
from impactbook.render.blocks import Block
from impactbook.render.figure_values import conditions, is_main
from impactbook.render.record import figure_tables as tables
from impactbook.render.record.parts import bullets, cell, chart_block, heading, paragraph
from impactbook.render.record.pictures import associations, proxies, proxy_label
from impactbook.render.record.view import RecordView
from impactbook.render.sentences import hidden_sentence, statement

_EVENNESS = ("classes", "imbalance_ratio", "effective_number_of_groups")
_ANNOTATED = (
    "krippendorff_alpha",
    "annotators",
    "largest_annotator_share",
    "effective_number_of_annotators",
    "disagreement_share",
    "labelled_once_share",
)
_CONDITIONAL = "conditional_demographic_disparity"


def label_section(view: RecordView, dataset: str) -> list[Block]:
    """Overall and per attribute how labels are spread, then how even the classes are."""
    figures = [f for f in view.figures_of(dataset) if is_main(f)]
    labels = view.labels(dataset)
    overall = [f for f in figures if f.metric == "label_share" and not f.attribute]
    judged = [f for f in figures if f.metric == "label_share_ratio" and "all" not in _compared(f)]
    among_like = _beyond_chance([f for f in figures if f.metric == _CONDITIONAL])
    classed = dict.fromkeys(f.attribute for f in figures if f.metric == "classes")
    evenness = [f for f in figures if f.metric in _EVENNESS and f.attribute in classed]
    if not (overall or judged or evenness):
        return []
    blocks: list[Block] = [heading(3, view.say("labels-title"), f"{dataset}-labels")]
    blocks += [paragraph(line) for f in overall if (line := statement(f, labels))]
    blocks += bullets([cell(line) for f in judged if (line := statement(f, labels))])
    if among_like:
        blocks.append(paragraph(view.say("labels-among-like")))
        blocks += bullets([cell(statement(f, labels)) for f in among_like])
    blocks += bullets([cell(line) for f in evenness if (line := statement(f, labels))])
    for label in classed:
        blocks += tables.thin_classes_table(view, dataset, label, figures)
    for attribute in dict.fromkeys(f.attribute for f in figures if "label=" in f.condition):
        if attribute and "*" not in attribute:
            blocks += tables.label_table(view, dataset, attribute, figures)
    return blocks


def _compared(figure: Figure) -> str:
    """Which groups a comparison is over: all, or those large enough."""
    return conditions(figure).get("groups", "")


def _beyond_chance(figures: list[Figure]) -> list[Figure]:
    """Disparities against a group whose interval leaves out zero, the largest first."""
    clear = [f for f in figures if f.value is not None and f.ci_low is not None and f.ci_low > 0]
    return sorted(clear, key=lambda figure: -(figure.value or 0.0))


def proxy_section(view: RecordView, dataset: str) -> list[Block]:
    """Which other columns tell a protected attribute: the strong ones said, all of them drawn."""
    figures, labels = associations(view, dataset), view.labels(dataset)
    if not figures:
        return []
    strong = [f for f in figures if f.verdict not in ("ok", "", "suppressed")]
    hidden = [f for f in figures if f.value is None and f not in strong]
    lines = [statement(figure, labels) for figure in strong]
    if not strong and len(hidden) < len(figures):
        lines.append(view.say("proxies-none"))
    if hidden:
        names = view.listed([proxy_label(labels, figure) for figure in hidden])
        lines.append(view.say("proxies-hidden", pairs=names))
    blocks: list[Block] = [
        heading(3, view.say("proxies-title"), f"{dataset}-proxies"),
        paragraph(view.say("proxies-intro")),
        *bullets([cell(line) for line in lines]),
    ]
    chart = proxies(view, dataset)
    if chart is not None:
        blocks.append(chart_block(chart, view.say("proxies-caption")))
    return blocks


def annotator_section(view: RecordView, dataset: str) -> list[Block]:
    """Whether those who labelled agree, how many they were, and where they disagree most."""
    labels = view.labels(dataset)
    figures = [f for f in view.figures_of(dataset) if f.metric in _ANNOTATED and is_main(f)]
    overall = [f for f in figures if not f.group]
    hidden = [f for f in overall if f.value is None and f.verdict != "not_measured"]
    lines = [statement(figure, labels) for figure in overall if figure not in hidden]
    lines += [hidden_sentence(hidden, labels)] if hidden else []
    if not any(lines):
        return []
    return [
        heading(3, view.say("annotators-title"), f"{dataset}-annotators"),
        *bullets([cell(line) for line in lines if line]),
        *tables.group_table(view, dataset, [f for f in figures if f.group]),
    ]
