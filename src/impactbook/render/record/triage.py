"""What applies to the feature: for each set of rules which article, since when and why.

The sentences were made when the record was made and stand in it in both languages; this chapter
lays them out as tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from impactbook.language import say
from impactbook.render.blocks import Block
from impactbook.render.record.parts import Cell, cell, heading, joined, paragraph, table
from impactbook.render.record.view import Json, RecordView

AREA = "triage"
RESULTS = ("prohibited", "applies", "needs_human_answer", "does_not")
"""The results in the order in which they matter."""


def triage(view: RecordView) -> list[Block]:
    """The section "What applies"; nothing for a record from before it was asked."""
    asked: Json = view.assessment.get("triage") or {}
    outcomes: Sequence[Json] = asked.get("outcomes") or ()
    if not outcomes:
        return []
    rules: Sequence[Json] = asked["rules"]
    as_of = view.date(max(one["as_of"] for one in rules))
    intro = _told(view, "intro", as_of=as_of, date=view.date(view.record.get("as_of")))
    blocks: list[Block] = [heading(2, _told(view, "title"), "triage"), paragraph(intro)]
    blocks += _overview(view, rules, outcomes)
    for one in rules:
        inside = [found for found in outcomes if found["framework"] == one["id"]]
        blocks += _framework(view, one, inside)
    return blocks


def _overview(view: RecordView, rules: Sequence[Json], outcomes: Sequence[Json]) -> list[Block]:
    """For each set of rules how many articles apply, do not, or need an answer."""
    rows: list[list[Cell | str]] = []
    for one in rules:
        counts = Counter(out["result"] for out in outcomes if out["framework"] == one["id"])
        rows.append([view.text(one["title"]), *(view.number(counts[name]) for name in RESULTS)])
    header = [_told(view, "column-framework"), *(_told(view, f"result-{name}") for name in RESULTS)]
    caption = _told(view, "overview-caption")
    return table(caption, header, rows, align="lrrrr", widths=[4.6, 1.5, 1.3, 2.0, 1.7])


def _framework(view: RecordView, rules: Json, outcomes: Sequence[Json]) -> list[Block]:
    """One set of rules: what applies or needs an answer in full, what does not more briefly."""
    name = view.plain(rules["title"])
    title = heading(3, name, f"triage-{rules['id']}")
    touching = sorted(
        (one for one in outcomes if one["result"] != "does_not"),
        key=lambda one: RESULTS.index(one["result"]),
    )
    header = [_told(view, f"column-{key}") for key in ("article", "result", "since", "because")]
    rows: list[list[Cell | str]] = [
        [
            _article(view, one),
            cell(_told(view, f"result-{one['result']}"), bold=one["result"] == "prohibited"),
            view.plain(one["standing"]),
            _because(view, one),
        ]
        for one in touching
    ]
    caption = _told(view, "caption", framework=name)
    blocks = table(caption, header, rows, widths=[2.5, 1.3, 1.5, 5.0])
    return [title, *blocks, *_not_applying(view, name, outcomes)]


def _not_applying(view: RecordView, name: str, outcomes: Sequence[Json]) -> list[Block]:
    rows: list[list[Cell | str]] = [
        [_article(view, one), _because(view, one)]
        for one in outcomes
        if one["result"] == "does_not"
    ]
    header = [_told(view, f"column-{key}") for key in ("article", "because")]
    return table(_told(view, "not-caption", framework=name), header, rows, widths=[3.0, 7.0])


def _article(view: RecordView, one: Json) -> Cell:
    article, title = view.plain(one["article"]), view.plain(one["title"])
    return joined([cell(article, bold=True), cell(title)], ": ")


def _because(view: RecordView, one: Json) -> Cell:
    """Why, and whom it is addressed to where it applies."""
    lines = list(one["because"][view.language])
    if one["result"] != "does_not":
        who = view.listed([_told(view, f"who-{name}") for name in one["who"]])
        lines.append(_told(view, "addressed", who=who))
    return cell(" ".join(lines))


def _told(view: RecordView, key: str, **values: object) -> str:
    return say(AREA, key, view.language, **values)
