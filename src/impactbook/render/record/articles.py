"""Per article of a framework: whether its questions are answered with evidence, answered, or open.

An answer counts for every article it serves, so an article may rest on another framework's question.
"""

from __future__ import annotations

from impactbook.render.blocks import Block
from impactbook.render.record.parts import Cell, cell, heading, joined, table
from impactbook.render.record.view import Json, RecordView

_WIDTHS = [4.0, 2.2, 4.2]


def articles(view: RecordView, pack: Json) -> list[Block]:
    """The table of a pack's articles; nothing for a pack that names none."""
    provisions = pack.get("provisions") or ()
    if not provisions:
        return []
    titles = {
        question["id"]: question["title"]
        for one in view.items("frameworks")
        for question in one["questions"]
    }
    rows: list[list[Cell | str]] = [
        [_named(view, one), view.label("article-state", one["state"]), _served(view, one, titles)]
        for one in provisions
    ]
    header = [view.say("article"), view.say("article-state"), view.say("article-questions")]
    caption, note = view.say("articles-caption"), view.say("articles-note")
    title = heading(3, view.say("articles-title"), f"{pack['id']}-articles")
    return [title, *table(caption, header, rows, note=note, widths=_WIDTHS)]


def _named(view: RecordView, article: Json) -> Cell:
    remark = view.plain(article.get("remark"))
    return joined([view.text(article["title"]), cell(f"({remark})" if remark else "")])


def _served(view: RecordView, article: Json, titles: Json) -> Cell:
    """The questions the article rests on, those that are open first."""
    ids = [
        id
        for state in ("open", "answered", "evidenced", "not_applicable")
        for id in article.get(state) or ()
    ]
    return joined([view.text(titles.get(id) or id) for id in ids], "; ") or cell(
        view.say("article-unasked")
    )
