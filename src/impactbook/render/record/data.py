"""What the data shows: per dataset a box with what matters, every check, then chapter by chapter.

The worst stands first, each attribute starts with what is not known about it, and what was not
measured is said plainly beside what was. A section without content does not appear; the chapters
themselves stand in modules of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from impactbook.model.evidence import SEVERITY_OF_VERDICT, Figure, Verdict, worst
from impactbook.render.blocks import Block
from impactbook.render.labels import Labels
from impactbook.render.record.combinations import combination_section
from impactbook.render.record.expected import hypothesis_section
from impactbook.render.record.findings import problem, telling_figures
from impactbook.render.record.labelled import annotator_section, label_section, proxy_section
from impactbook.render.record.parts import (
    Cell,
    bullets,
    callout,
    cell,
    heading,
    joined,
    missing,
    paragraph,
    table,
    verdict_kind,
)
from impactbook.render.record.permitted import (
    permitted_section,
    personal_data_section,
    special_notice,
)
from impactbook.render.record.quality import missing_section, quality_section, text_section
from impactbook.render.record.represented import over_time_section, representation_section
from impactbook.render.record.view import Json, RecordView
from impactbook.render.sentences import representation, say_or, sentence, unknown_share

MOST_TOLD = 4
"""So many figures are said in the box at the start of a dataset, the worst first."""

_OF_ONE_MEASURE = 2
_WORST: tuple[Verdict, ...] = ("fail", "attention")
_FIRST = (
    "representation_ratio",
    "consent_coverage",
    "consent_withdrawn",
    "kept_past_retention",
    "label_share_ratio",
    "first_breach",
    "cramers_v_corrected",
    "missing_share",
    "personal_data_share",
    "split_overlap",
)
"""Of figures with the same verdict these are said first: people, then rules, then the rest."""

SECTIONS: tuple[Callable[[RecordView, str], list[Block]], ...] = (
    representation_section,
    combination_section,
    over_time_section,
    label_section,
    proxy_section,
    missing_section,
    quality_section,
    text_section,
    annotator_section,
    permitted_section,
    personal_data_section,
    hypothesis_section,
)
"""What a dataset shows, in the order of print; each says nothing where there is nothing."""


def data(view: RecordView) -> list[Block]:
    """The chapter "What the data shows"."""
    blocks: list[Block] = [heading(1, view.say("data-title"), "data")]
    if not view.datasets:
        return [*blocks, missing(view, "data-missing")]
    blocks.append(paragraph(view.say("data-intro")))
    for dataset in view.datasets:
        blocks += dataset_blocks(view, dataset)
    return blocks


def dataset_blocks(view: RecordView, dataset: str) -> list[Block]:
    """Everything about one dataset, as a section of the chapter or a cell of a notebook."""
    evidence = view.datasets[dataset]
    return [
        heading(2, view.declared(dataset, evidence.get("title") or dataset), f"data-{dataset}"),
        paragraph(_counted(view, evidence)),
        *special_notice(view, dataset),
        *check_section(view, dataset, evidence),
        *_not_measured(view, evidence),
        *(block for section in SECTIONS for block in section(view, dataset)),
    ]


def _counted(view: RecordView, evidence: Json) -> str:
    """How much was counted, and what the data is for."""
    purpose = view.label("purpose", evidence.get("purpose", "training"))
    rows, persons = evidence.get("rows"), evidence.get("persons")
    if rows is None:
        return view.say("counted-nothing", purpose=purpose)
    noun = view.labels(evidence["dataset"]).noun(evidence.get("unit", "row"))
    if persons is None:
        return view.say("counted-rows", rows=view.number(rows), noun=noun, purpose=purpose)
    return view.say(
        "counted-persons",
        rows=view.number(rows),
        persons=view.number(persons),
        noun=noun,
        purpose=purpose,
    )


def check_section(view: RecordView, dataset: str, evidence: Json) -> list[Block]:
    """What matters most in a box, then every check with its verdict, the worst first."""
    checks = [check for check in evidence.get("checks") or () if check["verdict"]]
    rows = [_check_row(view, dataset, together) for together in _alike(checks)]
    header = [view.say(f"checks-{name}") for name in ("check", "attribute", "verdict", "why")]
    caption = view.say("checks-caption")
    box = _box(view, dataset, checks)
    return [box, *table(caption, header, rows, widths=[3.2, 3.0, 2.2, 4.0])]


def _box(view: RecordView, dataset: str, checks: Sequence[Json]) -> Block:
    """The worst verdict, how many checks came out how, and the most telling figures in words."""
    verdicts: list[Verdict] = [check["verdict"] for check in checks]
    verdict = worst(verdicts)
    title = view.say(f"data-verdict-{verdict or 'none'}")
    if not checks:
        return callout(verdict_kind(verdict), title)
    counted = [
        f"{say_or('figures', f'verdict-{one}', view.language, one)}: {verdicts.count(one)}"
        for one in sorted(set(verdicts), key=_severity, reverse=True)
    ]
    told = _worst_figures(view, dataset)
    summed = paragraph(view.say("checks-counted", counted=", ".join(counted)))
    return callout(verdict_kind(verdict), title, [summed, *bullets([cell(one) for one in told])])


def _worst_figures(view: RecordView, dataset: str) -> list[str]:
    """Sentences of what lies outside, then of what needs attention; of each measure one at first."""
    figures, labels, lines = view.figures_of(dataset), view.labels(dataset), list[str]()
    about: set[tuple[str, str]] = set()
    for verdict in _WORST:
        telling = telling_figures(view, dataset, verdict)
        before: dict[str, int] = {}
        ranked: list[tuple[int, int, int, Figure]] = []
        for figure in telling:
            place = before[figure.metric] = before.get(figure.metric, -1) + 1
            ranked.append((place, _rank(figure.metric), len(ranked), figure))
        for place, _, _, figure in sorted(ranked, key=lambda one: one[:3]):
            if place < _OF_ONE_MEASURE:
                lines.append(_said_once(figure, labels, figures, about))
    return [line for line in lines if line][:MOST_TOLD]


def _said_once(
    figure: Figure, labels: Labels, figures: Sequence[Figure], about: set[tuple[str, str]]
) -> str:
    """A sentence; what is not known about an attribute is said with its first figure alone."""
    if figure.metric != "representation_ratio":
        return sentence(figure, labels, figures)
    this = (figure.attribute, figure.condition)
    repeated = this in about and unknown_share(figure, figures)
    about.add(this)
    if repeated:
        return representation(figure, labels, among=True)
    return sentence(figure, labels, figures)


def _rank(metric: str) -> int:
    return _FIRST.index(metric) if metric in _FIRST else len(_FIRST)


def _severity(verdict: Verdict) -> int:
    return SEVERITY_OF_VERDICT.index(verdict)


def _alike(checks: Sequence[Json]) -> list[list[Json]]:
    """The worst first, each by itself; those of one kind that are `ok` together."""
    groups: dict[tuple[str, str, int], list[Json]] = {}
    ordered = sorted(checks, key=lambda check: -_severity(check["verdict"]))
    for place, check in enumerate(ordered):
        alone = check["verdict"] != "ok" or check["check"] == "hypotheses"
        groups.setdefault((check["check"], check["verdict"], place if alone else -1), []).append(
            check
        )
    return list(groups.values())


def _check_row(view: RecordView, dataset: str, together: Sequence[Json]) -> list[Cell | str]:
    check = together[0]
    labels, verdict = view.labels(dataset), check["verdict"]
    said = say_or("figures", f"verdict-{verdict}", view.language, "")
    if check["check"] == "hypotheses":
        said = say_or("figures", f"hypothesis-verdict-{verdict}", view.language, said)
    about = labels.attribute(check.get("attribute", ""))
    if len(together) > 1:
        about = view.say("checks-together", count=view.number(len(together)))
    code = check.get("problem") or ("masked" if verdict == "suppressed" else "")
    why = cell(problem(view, code)) if code else []
    return [
        check_name(view, check),
        about or view.say("checks-all"),
        cell(said, bold=verdict != "ok"),
        joined([why, view.declared(dataset, check.get("because"))], ": "),
    ]


def check_name(view: RecordView, check: Json) -> str:
    """How a check is called; one we have no name for keeps its own."""
    return say_or("figures", f"check-{check['check']}", view.language, check["check"])


def _not_measured(view: RecordView, evidence: Json) -> list[Block]:
    """What this dataset cannot answer, in a box of its own."""
    labels, lines = view.labels(evidence["dataset"]), []
    for check in evidence.get("checks") or ():
        if check["verdict"] == "not_measured":
            attribute = labels.attribute(check.get("attribute", ""))
            name = (
                f"{check_name(view, check)}: {attribute}" if attribute else check_name(view, check)
            )
            why = view.declared(evidence["dataset"], check.get("because")) or cell(
                problem(view, check.get("problem", ""))
            )
            lines.append([*cell(f"{name} – "), *why])
    if not lines:
        return []
    closing = paragraph(view.say("not-measured-means"))
    return [callout("open", view.say("not-measured-title"), [*bullets(lines), closing])]
