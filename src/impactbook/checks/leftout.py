"""The result that says how many rows of the files were left out; nothing is dropped silently."""

from __future__ import annotations

from collections.abc import Iterator

from impactbook.checks.figures.common import FigureContext, make_figure
from impactbook.checks.figures.quality import Counted
from impactbook.checks.malformed import Malformed
from impactbook.model.evidence import CheckResult, Figure


def left_out_result(
    malformed: Malformed | None, context: FigureContext
) -> Iterator[tuple[CheckResult, Figure]]:
    """`malformed_rows`: rows with too many or too few fields, which no check has seen.

    A count of this very file, so there is no interval; always `attention`, since above
    `source.bad_rows_limit` the file is refused. Nothing where no row was left out.
    """
    if malformed is None:
        return
    # A line that cannot be cut into fields tells nothing about anybody.
    count = Counted(malformed.count, people=0).published(context.limit)
    figure = make_figure(
        context,
        "malformed_rows",
        unit="row",
        value=None if count is None else float(count),
        numerator=count,
        verdict="attention",
    )
    result = CheckResult(
        check="schema",
        expectation="source",
        attribute=figure.attribute,
        verdict="attention",
        figures=(figure.id,),
    )
    yield result, figure
