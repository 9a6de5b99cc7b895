"""What `impactbook check` prints for people: what is not `ok` first, what is alike in one line.

Words that stand in files (checks, verdicts, ids of figures) are printed as they are written there;
sentences are in the workspace's language.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote

from impactbook.language import Language
from impactbook.model.base import in_language
from impactbook.model.evidence import (
    SEVERITY_OF_VERDICT,
    CheckResult,
    DatasetEvidence,
    Figure,
    Verdict,
)

if TYPE_CHECKING:
    from rich.table import Table

    from impactbook.render.labels import Labels

UNJUDGED: frozenset[Verdict] = frozenset(["suppressed", ""])
_WELL: frozenset[Verdict] = frozenset(["ok", "suppressed", ""])
_WIDTH = 110
_NAMED = 3
_ALIKE = 4
"""So many figures of one measure and attribute that need attention share a line."""
_MOST_SAID = 12
"""So many sentences are printed, the worst first; the table and the csv hold the rest."""
_One = TypeVar("_One", CheckResult, Figure)


def as_table(evidence: DatasetEvidence, language: Language) -> str:
    """All checks, all judged figures, and a sentence for each figure that is not `ok`."""
    from rich.console import Console
    from rich.text import Text

    from impactbook.render.labels import Labels
    from impactbook.render.sentences import is_main

    text = io.StringIO()
    console = Console(file=text, width=_WIDTH, highlight=False, color_system=None)
    judged = [f for f in evidence.figures if f.verdict not in UNJUDGED and is_main(f)]
    labels = Labels.of(evidence.model_dump(mode="json", by_alias=True), language)
    for line in _head(evidence):
        console.print(Text(line))
    console.print()
    console.print(_checks(evidence, language))
    console.print()
    console.print(_figures(judged, language))
    masked = sum(figure.verdict == "suppressed" for figure in evidence.figures)
    if masked:
        hidden = f"{masked} of {len(evidence.figures)} figures are masked: few people."
        console.print(Text(hidden))
    console.print(Text(f"{len(evidence.figures)} figures in all: --format csv prints them."))
    alike = _grouped(judged, _kind_of_figure(judged))
    told = [f for some in alike for f in _of_some(some) if f.verdict not in _WELL]
    if told:
        console.print()
    lines = [line for line in dict.fromkeys(_sentences(told, labels, evidence.figures)) if line]
    for line in lines[:_MOST_SAID]:
        console.print(Text(f"- {line}"))
    if len(lines) > _MOST_SAID:
        console.print(Text(f"{len(lines) - _MOST_SAID} more: the table lists them."))
    return text.getvalue()


def _sentences(told: Sequence[Figure], labels: Labels, figures: Sequence[Figure]) -> Iterable[str]:
    """A sentence for each figure; what is not known about an attribute is said once."""
    from impactbook.render.sentences import representation, sentence, unknown_share

    before: set[tuple[str, str]] = set()
    for figure in told:
        about = (figure.attribute, figure.condition)
        repeated = figure.metric == "representation_ratio" and about in before
        if repeated and unknown_share(figure, figures):
            yield representation(figure, labels, among=True)
        else:
            yield sentence(figure, labels, figures)
        if figure.metric == "representation_ratio":
            before.add(about)


def _head(evidence: DatasetEvidence) -> Iterable[str]:
    rows = "?" if evidence.rows is None else str(evidence.rows)
    people = "" if evidence.persons is None else f", {evidence.persons} persons"
    yield f"{evidence.dataset}: {rows} rows{people}, {evidence.engine}"
    judged = [check for check in evidence.checks if check.verdict not in UNJUDGED]
    wrong = [check for check in judged if check.verdict not in _WELL]
    verdicts = [check.verdict for check in _worst_first(wrong)]
    counted = ", ".join(f"{verdicts.count(one)} {one}" for one in dict.fromkeys(verdicts))
    yield f"{len(judged) - len(wrong)} of {len(judged)} checks ok" + (
        f"; {counted}" if counted else ""
    )
    yield from _special_categories(evidence)


def _special_categories(evidence: DatasetEvidence) -> Iterable[str]:
    """Who alone may run a check of special categories (Art. 9 GDPR), as the declaration says."""
    for column, one in evidence.processing.special_categories.items():
        kind = one.kind.replace("_", " ")
        who = ", ".join(
            in_language(role, "en", evidence.labels.language)[0] for role in one.may_run
        )
        yield (
            f"{column}: special category ({kind}, Art. 9 GDPR); only these may run this check: "
            f"{who}; delete by {one.delete_by}"
        )


def _checks(evidence: DatasetEvidence, language: Language) -> Table:
    """One line for each check that is not `ok`, one for all of a kind that are."""
    table = _table("verdict", "check", "of", "why")
    for together in _grouped(evidence.checks, _kind_of_check):
        check = together[0]
        parts = [_said(one.attribute) for one in together if one.attribute]
        of = ", ".join(dict.fromkeys(parts)) or "all data"
        if len(together) > _NAMED:
            of = f"{len(together)} checks"
        _add(table, check.verdict or "not judged", check.check, of, _why(check, evidence, language))
    return table


def _kind_of_check(check: CheckResult) -> str:
    """Checks of one kind share a line when they went well."""
    return check.check if check.verdict in _WELL else f"{check.check}/{check.attribute}"


def _why(check: CheckResult, evidence: DatasetEvidence, language: Language) -> str:
    """Why something was not measured, and why a gap is accepted."""
    from impactbook.render.sentences import say_or

    if check.verdict in _WELL:
        return ""
    parts = []
    code = check.problem or ("masked" if check.verdict == "suppressed" else "")
    if code:
        parts.append(say_or("figures", f"problem-{code}", language, code))
    if check.because is not None:
        parts.append(in_language(check.because, language, evidence.labels.language)[0])
    accepted = "" if check.required else "(not required) "
    return accepted + ": ".join(parts)


def _figures(judged: Sequence[Figure], language: Language) -> Table:
    """One line for each figure that is not `ok`, one for all of a metric that are."""
    table = _table("verdict", "figure", "value", "95 % interval", "n")
    for together in _grouped(judged, _kind_of_figure(judged)):
        if len(together) == 1:
            _add(table, *_cells(together[0], language))
        else:
            name = together[0].metric
            if together[0].verdict not in _WELL and together[0].attribute:
                name = f"{name}/{together[0].attribute}"
            name = f"{name} ({len(together)} figures)"
            _add(table, together[0].verdict, name, _span(together, language), "", "")
    return table


def _kind_of_figure(judged: Sequence[Figure]) -> Callable[[Figure], str]:
    """What makes figures share a line: one measure that is `ok`, or many alike that need attention.

    Texts compared in several ways share a line where the ways find the same.
    """
    many = Counter((f.metric, f.attribute) for f in judged if f.verdict == "attention")

    def kind(figure: Figure) -> str:
        if figure.verdict in _WELL:
            return figure.metric
        if "matching=" in figure.condition:
            return f"{figure.metric}/{figure.attribute}/{figure.group}/{figure.value}"
        if figure.verdict == "attention" and many[figure.metric, figure.attribute] >= _ALIKE:
            return f"{figure.metric}/{figure.attribute}"
        return figure.id

    return kind


def _of_some(together: Sequence[Figure]) -> Sequence[Figure]:
    """The figures of one line that get a sentence: of texts compared in several ways the first."""
    return together[:1] if "matching=" in together[0].condition else together


def _span(figures: Sequence[Figure], language: Language) -> str:
    """The smallest and the largest value of figures of one metric."""
    from impactbook.render.sentences import figure_value

    values = [figure.value for figure in figures if figure.value is not None]
    ends = [min(values), max(values)] if values else []
    return " – ".join(dict.fromkeys(figure_value(figures[0], end, language) for end in ends))


def _cells(figure: Figure, language: Language) -> tuple[str, ...]:
    from impactbook.render.sentences import figure_value

    low, high = (figure_value(figure, end, language) for end in (figure.ci_low, figure.ci_high))
    interval = "" if figure.ci_low is None else f"{low} – {high}"
    known = "" if figure.denominator is None else str(figure.denominator)
    told = "masked" if figure.verdict not in ("not_measured", "suppressed") else ""
    if figure.value is not None:
        told = figure_value(figure, figure.value, language)
    return figure.verdict, figure.id.partition("/")[2], told, interval, known


def _worst_first(items: Iterable[_One]) -> list[_One]:
    """What is worst first, those alike in the order they came."""
    return sorted(items, key=lambda item: -SEVERITY_OF_VERDICT.index(item.verdict))


def _grouped(items: Iterable[_One], kind: Callable[[_One], str]) -> list[list[_One]]:
    """The worst first; those of one kind and verdict together."""
    groups: dict[tuple[str, Verdict], list[_One]] = {}
    for item in _worst_first(items):
        groups.setdefault((kind(item), item.verdict), []).append(item)
    return list(groups.values())


def _said(attribute: str) -> str:
    """The columns that a check or figure is about, as the declaration names them."""
    return " × ".join(unquote(part) for part in attribute.split("*"))


def _table(*columns: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _add(table: Table, *cells: str) -> None:
    from rich.text import Text

    table.add_row(*(Text(cell) for cell in cells))
