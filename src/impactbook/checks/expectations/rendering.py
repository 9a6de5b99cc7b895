"""How our expectations look in Data Docs: the question, what came out, and the figures, in English.

Only published figures and fixed words are shown. Whatever comes from data or declarations is handed
over as a parameter of a template, which Great Expectations escapes, or is escaped here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from great_expectations.core import ExpectationValidationResult
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.render.components import (
    RenderedStringTemplateContent,
    RenderedTableContent,
)

from impactbook.checks.figures.common import decode_name
from impactbook.language import phrases, say
from impactbook.model.evidence import SEVERITY_OF_VERDICT, Figure

MOST_SHOWN = 15
"""So many figures stand in the table; all of them stand in the result."""

_HEADER = ("Figure", "Of", "Value", "Interval", "Count", "Result")
_ARGUMENT = re.compile(r"`([a-z_]+)`")
_DIGITS = 4


def question(expectation: type, configuration: ExpectationConfiguration | None) -> str:
    """What an expectation asks: the first sentence of its description with its arguments filled in.

    >>> class ExpectShare:
    ...     '''Expect the share of `attribute` to be at most `threshold`. More follows.'''
    >>> question(ExpectShare, ExpectationConfiguration(
    ...     type="expect_share", kwargs={"attribute": "sex", "threshold": 0.2}))
    'Expect the share of sex to be at most 0.2.'
    """
    told = inspect.cleandoc(expectation.__doc__ or expectation.__name__)
    sentence = " ".join(re.split(r"(?<=\.)\s", told, maxsplit=1)[0].split())
    defaults = {
        name: field.default for name, field in getattr(expectation, "__fields__", {}).items()
    }
    arguments = {**defaults, **(configuration.kwargs if configuration is not None else {})}
    return _ARGUMENT.sub(lambda found: _argument(found.group(1), arguments), sentence)


def _argument(name: str, arguments: Mapping[str, Any]) -> str:
    """An argument's value where it is short, else its name."""
    value = arguments.get(name)
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, Sequence) and value and all(isinstance(v, str) for v in value):
        return ", ".join(value)
    return name.replace("_", " ")


def answer(result: ExpectationValidationResult | None) -> str:
    """What came out, as escaped text: the verdict, why nothing was measured, how much was seen."""
    details = _details(result)
    if details is None:
        return "--"
    verdict, problem = str(details.get("verdict", "")), str(details.get("problem", ""))
    told = say("figures", f"verdict-{verdict}", "en") if verdict in SEVERITY_OF_VERDICT else verdict
    code, _, rest = problem.partition(":")
    if problem:
        key = f"problem-{code}"
        why = say("figures", key, "en") if key in phrases("figures") else code.replace("_", " ")
        told += f": {why}" + (f" ({rest})" if rest else "")
    return escape(f"{told}; {_rows_seen(result, details)}", quote=True)


def _rows_seen(result: ExpectationValidationResult | None, details: Mapping[str, Any]) -> str:
    """The number of rows, or that there are fewer than may be told."""
    rows, config = details.get("rows_seen"), result.expectation_config if result else None
    if not isinstance(rows, int):
        return "rows not counted"
    limit = int(config.kwargs.get("limit", 5)) if config is not None else 5
    return f"fewer than {limit} rows" if 0 < rows < limit else f"{rows:,} rows"


def _details(result: ExpectationValidationResult | None) -> Mapping[str, Any] | None:
    found = (result.result or {}).get("details") if result is not None else None
    return found if isinstance(found, Mapping) and "verdict" in found else None


def figures_table(result: ExpectationValidationResult | None) -> list[RenderedTableContent]:
    """The figures as a small table, those first that somebody has to look at; none without any."""
    details = _details(result)
    listed = (details or {}).get("figures") or []
    figures = [Figure.model_validate(figure) for figure in listed]
    if not figures:
        return []
    order = {verdict: -place for place, verdict in enumerate(SEVERITY_OF_VERDICT)}
    shown = sorted(figures, key=lambda figure: order[figure.verdict])[:MOST_SHOWN]
    rows = [[text(cell) for cell in _row(figure)] for figure in shown]
    left = len(figures) - len(shown)
    if left:
        rows.append([text(f"and {left} more in the result"), *(text("") for _ in _HEADER[1:])])
    return [
        RenderedTableContent(
            table=rows,
            header_row=list(_HEADER),
            styling={"body": {"classes": ["table-sm", "table-bordered", "mt-2"]}},
        )
    ]


def _row(figure: Figure) -> tuple[str, ...]:
    metric, limit = figure.metric, figure.metric.rpartition("_")[2]
    key = f"metric-{metric}"
    if limit.isdigit():
        key = f"metric-{metric.removesuffix(f'_{limit}')}"
    name = say("figures", key, "en", limit=limit) if key in phrases("figures") else metric
    of = [_plain(figure.attribute, "*"), _plain(figure.group, " / "), figure.condition]
    interval = ""
    if figure.ci_low is not None and figure.ci_high is not None:
        interval = f"{_number(figure.ci_low)} to {_number(figure.ci_high)}"
    count = ""
    if figure.numerator is not None or figure.denominator is not None:
        count = f"{_count(figure.numerator)} / {_count(figure.denominator)}"
    verdict = say("figures", f"verdict-{figure.verdict}", "en") if figure.verdict else ""
    return (
        name,
        "; ".join(part for part in of if part),
        "" if figure.value is None else _number(figure.value),
        interval,
        count,
        verdict,
    )


def _plain(encoded: str, between: str) -> str:
    """Names of attributes or groups as they are in the data; whoever shows them escapes them."""
    parts = encoded.split(between) if encoded else []
    joiner = between if " " in between else f" {between} "
    return joiner.join(part if part == "*" else decode_name(part) for part in parts)


def _number(value: float) -> str:
    """A number in four digits; whole numbers in full.

    >>> _number(45211.0), _number(0.123456)
    ('45,211', '0.1235')
    """
    return f"{value:,.0f}" if value == int(value) else f"{value:,.{_DIGITS}g}"


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def text(words: str) -> RenderedStringTemplateContent:
    """Words as a parameter of a template, which Great Expectations escapes."""
    return RenderedStringTemplateContent(
        string_template={"template": "$words", "params": {"words": words}}
    )
