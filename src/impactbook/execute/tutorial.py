"""What the tutorial notebook calls: propose a declaration, correct it, check it, see what changed.

A proposal is text; correcting it gives a new one and leaves the old one as it was, so that both can
be checked and compared. Nothing is written unless `save` is called. Measuring and showing are those
of every other notebook (`execute.session`).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from impactbook.errors import InputError
from impactbook.execute.guard import guarded
from impactbook.execute.session import DatasetSession, _language, find_workspace
from impactbook.language import Language, say
from impactbook.model.dataset import Dataset
from impactbook.model.evidence import DatasetEvidence
from impactbook.workspace import LoadedDataset, Workspace
from impactbook.workspace.days import reference_day
from impactbook.workspace.digests import data_digest
from impactbook.workspace.init import IncompleteInstallationError, content_root
from impactbook.workspace.reading import parse, read_yaml

SAMPLE = "docs/calls.csv"
"""Made-up calls that come with impactbook, for whoever has no file at hand."""

AREA = "notebooks"
_NAME = "tutorial"


@guarded
def propose(file: str = "", workspace: str = "", language: str = "de", as_of: str = "") -> Proposal:
    """Look at a data file that nobody declared and propose a declaration.

    An empty `file` means the made-up calls that come with impactbook, an empty `workspace` the
    nearest one from here upwards; other paths start at the workspace's folder. Raises `InputError`
    when the file cannot be read as a table.
    """
    from impactbook.checks import declare

    found, spoken = find_workspace(workspace), _language(language)
    path = found.root / file if file else sample_file()
    day = reference_day(as_of, found.settings, field="as_of")
    text = declare(path, folder=found.data_checks, language=spoken)
    return Proposal(found, text, spoken, day)


def sample_file() -> Path:
    """The made-up calls, in the package or, of an editable install, in the repository."""
    path = content_root() / SAMPLE
    if not path.is_file():
        raise IncompleteInstallationError("its sample file")
    return path


@dataclass(frozen=True)
class Proposal:
    """A declaration as text, before and after somebody corrected it."""

    workspace: Workspace
    text: str
    language: Language
    as_of: dt.date

    @guarded
    def show(self, part: str = "") -> Any:
        """The declaration, or the part of it that starts with a key such as `checks`."""
        from impactbook.render.blocks import Preformatted
        from impactbook.render.cells import show

        text = self.text if not part else "\n".join(_part(self.text, part))
        return show([Preformatted(text.strip("\n"))], self.language)

    @guarded
    def replaced(self, old: str, new: str) -> Proposal:
        """The same with one piece of text in place of another that stands there exactly once."""
        count = self.text.count(old)
        if count != 1:
            raise InputError(
                f"the text to replace stands in the declaration {count} times, not once",
                field="old",
                remedy="give a longer piece of it, with the lines around it",
            )
        return replace(self, text=self.text.replace(old, new))

    @guarded
    def uncommented(self, key: str) -> Proposal:
        """The same with a commented block taking effect: its "# " are removed."""
        lines, start = self.text.split("\n"), _commented(self.text, key)
        indent = re.match(" *", lines[start])
        mark = f"{indent[0] if indent else ''}# "
        end = start + 1
        while end < len(lines) and lines[end].startswith(f"{mark}  "):
            end += 1
        freed = [line.replace("# ", "", 1) for line in lines[start:end]]
        return replace(self, text="\n".join([*lines[:start], *freed, *lines[end:]]))

    @guarded
    def measured(self) -> DatasetSession:
        """Check the file against this declaration, without saving it.

        Raises `InputError` where the declaration is wrong, as `impactbook check` would.
        """
        data, lines = read_yaml(self.text.encode("utf-8"), f"{_NAME}.yaml")
        dataset = parse(Dataset, data, f"{_NAME}.yaml", lines)
        path = self.workspace.data_checks / f"{_NAME}.yaml"
        loaded = LoadedDataset(_NAME, path, dataset, data_digest(data))
        return DatasetSession(self.workspace, loaded, self.language, self.as_of)

    @guarded
    def save(self, name: str) -> Any:
        """Write the declaration to `data_checks/<name>.yaml`; an empty name writes nothing.

        Raises `InputError` when there is such a file already.
        """
        from impactbook.render.blocks import Paragraph, runs
        from impactbook.render.cells import show

        told = say(AREA, "tutorial-not-saved", self.language)
        if name:
            path = self.workspace.data_checks / f"{name}.yaml"
            if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", name):
                raise InputError(
                    "a dataset's name has small letters, digits and hyphens only",
                    field="save_as",
                    remedy="write it like my-calls",
                )
            if path.exists():
                raise InputError(
                    "exists already",
                    file=path.name,
                    remedy="go on with it in data_checks/, or choose another name for `save_as`",
                )
            path.write_text(self.text, encoding="utf-8")
            told = say(AREA, "tutorial-saved", self.language, name=name)
        return show([Paragraph(runs(told))], self.language)


def _commented(text: str, key: str) -> int:
    """The line on which a commented block starts; raises `InputError` when there is none."""
    for place, line in enumerate(text.split("\n")):
        if re.fullmatch(rf" *# {re.escape(key)}:.*", line):
            return place
    raise InputError(
        f"no commented block is called {key[:40]!r}",
        field="key",
        remedy="write the word before the colon, such as representation",
    )


def _part(text: str, key: str) -> list[str]:
    """The lines of one block, commented or not; raises `InputError` when there is none."""
    lines = text.split("\n")
    for start, line in enumerate(lines):
        found = re.match(rf'( *)(?:# )?"?{re.escape(key)}"?:', line)
        if found is None:
            continue
        inner, end = f"{found[1]} ", start + 1
        commented = f"{found[1]}#  "
        while end < len(lines) and lines[end].startswith((inner, commented)):
            end += 1
        return lines[start:end]
    raise InputError(
        f"no part of the declaration is called {key[:40]!r}",
        field="part",
        remedy="write the word before the colon, such as checks",
    )


@guarded
def changes(before: DatasetSession, after: DatasetSession) -> Any:
    """Which checks have another verdict than before, as a table."""
    from impactbook.render.blocks import Paragraph, Table, runs
    from impactbook.render.cells import show

    language = after.language
    verdicts = [_verdicts(session._emission.evidence) for session in (before, after)]
    changed = [
        name
        for name in dict.fromkeys([*verdicts[0], *verdicts[1]])
        if verdicts[0].get(name) != verdicts[1].get(name)
    ]
    if not changed:
        return show([Paragraph(runs(say(AREA, "tutorial-unchanged", language)))], language)
    rows = [
        [
            runs(_named(name, language)),
            *(runs(_verdict(one.get(name), language)) for one in verdicts),
        ]
        for name in changed
    ]
    header = [runs(say(AREA, f"tutorial-{key}", language)) for key in ("check", "before", "after")]
    caption = runs(say(AREA, "tutorial-changes", language))
    return show([Table(caption, header, rows, row_headers=True)], language)


def _verdicts(evidence: DatasetEvidence) -> dict[tuple[str, str], str]:
    """The worst verdict of every check on every attribute."""
    from impactbook.model.evidence import Verdict, worst

    found: dict[tuple[str, str], list[Verdict]] = {}
    for check in evidence.checks:
        found.setdefault((check.check, check.attribute), []).append(check.verdict)
    return {name: worst(verdicts) for name, verdicts in found.items()}


def _named(name: tuple[str, str], language: Language) -> str:
    check, attribute = name
    said = say("figures", f"check-{check}", language)
    return f"{said}: {attribute}" if attribute else said


def _verdict(verdict: str | None, language: Language) -> str:
    if verdict is None:
        return say(AREA, "tutorial-not-asked", language)
    return say("figures", f"verdict-{verdict}", language)
