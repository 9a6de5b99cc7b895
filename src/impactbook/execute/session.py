"""What the notebooks call: one object per notebook, one short method per chapter.

A notebook holds text and calls; everything it shows comes from the same functions that make the
record, so the two cannot differ. Every method is guarded: no exception carries a raw value out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impactbook.assess import record_content
from impactbook.errors import InputError
from impactbook.execute.guard import guarded
from impactbook.execute.inputs import FeatureInputs, load_inputs
from impactbook.execute.measuring import measure
from impactbook.execute.notebooks import CONTENT_MIME, EVIDENCE_MIME, Emission
from impactbook.language import LANGUAGES, Language, say
from impactbook.model.evidence import DatasetEvidence
from impactbook.records import conceal
from impactbook.records.disclosures import fingerprint_paths
from impactbook.workspace import LoadedDataset, Workspace, open_workspace
from impactbook.workspace.days import reference_day
from impactbook.workspace.reading import nearest

if TYPE_CHECKING:
    from impactbook.render.blocks import Block
    from impactbook.render.record.view import RecordView

AREA = "notebooks"


@guarded
def open_dataset(
    dataset: str, workspace: str = "", language: str = "de", as_of: str = ""
) -> DatasetSession:
    """Open a declared dataset; an empty `workspace` means the nearest one from here upwards.

    `as_of` is the day dated rules refer to (today if empty).
    """
    found = find_workspace(workspace)
    day = reference_day(as_of, found.settings, field="as_of")
    # Papermill turns an id of digits into a number.
    return DatasetSession(found, found.load_dataset(str(dataset)), _language(language), day)


@guarded
def open_assessment(
    feature: str, workspace: str = "", language: str = "de", as_of: str = "", evidence: str = ""
) -> AssessmentSession:
    """Open a feature's assessment.

    `as_of` is the day dated rules refer to (today if empty), `evidence` a folder with evidence
    already measured (measured here and now if empty).
    """
    found = find_workspace(workspace)
    day = reference_day(as_of, found.settings, field="as_of")
    inputs = load_inputs(found, str(feature), language=_language(language), as_of=day)
    return AssessmentSession(inputs, _read_evidence(inputs, evidence) if evidence else None)


def _read_evidence(inputs: FeatureInputs, folder: str) -> tuple[DatasetEvidence, ...]:
    """Evidence already measured; raises `InputError` when it is absent or malformed."""
    found = []
    for item in inputs.datasets:
        path = inputs.workspace.root / folder / f"{item.id}.json"
        try:
            found.append(DatasetEvidence.model_validate_json(path.read_bytes()))
        except (OSError, ValueError):
            raise InputError(
                f"there is no evidence on {item.id!r}",
                remedy="leave `evidence` empty to measure now",
                file=inputs.workspace.relative(path),
                field="evidence",
            ) from None
    return tuple(found)


def find_workspace(directory: str = "") -> Workspace:
    """The workspace at `directory`, or the nearest one from the current directory upwards."""
    if directory and directory != ".":
        return open_workspace(Path(directory))
    here = Path.cwd()
    for candidate in (here, *here.parents):
        if (candidate / "impactbook.toml").is_file():
            return open_workspace(candidate)
    return open_workspace(here)


def _language(language: str) -> Language:
    for known in LANGUAGES:
        if language == known:
            return known
    raise InputError(
        f"{str(language)[:20]!r} is no language of ours",
        remedy=nearest(str(language), list(LANGUAGES)),
        field="language",
    )


@dataclass(frozen=True)
class DatasetSession:
    """One declared dataset in a notebook."""

    workspace: Workspace
    loaded: LoadedDataset
    language: Language
    as_of: dt.date
    measured: Emission | None = None

    @cached_property
    def _emission(self) -> Emission:
        return self.measured or measure(self.workspace, self.loaded, self.as_of)

    @cached_property
    def _view(self) -> RecordView:
        from impactbook.render.record.view import RecordView

        evidence = self._emission.evidence
        record = {
            "language": self.language,
            "assessment": {"language": self.loaded.dataset.language},
            "evidence": [evidence.model_dump(mode="json", by_alias=True, exclude={"figures"})],
        }
        return RecordView(record, evidence.figures, {}, self.language)

    @guarded
    def declaration(self) -> Any:
        """What the dataset is and what was declared about it."""
        from impactbook.render.record.declaration import declaration

        return _show(declaration(self.loaded.dataset, self.language), self.language)

    @guarded
    def check(self) -> None:
        """Run every check and leave the evidence in the notebook, for the record to collect."""
        from IPython.display import display

        display(self._evidence(), raw=True)  # type: ignore[no-untyped-call]

    def _evidence(self) -> dict[str, Any]:
        emission = self._emission
        evidence = emission.evidence
        told = say(
            AREA,
            "measured",
            self.language,
            checks=len(evidence.checks),
            rows=evidence.rows if evidence.rows is not None else "?",
            dataset=evidence.dataset,
        )
        return {
            EVIDENCE_MIME: {
                "evidence": evidence.model_dump(mode="json", by_alias=True),
                "validations": dict(emission.validations),
            },
            "text/plain": told,
        }

    @guarded
    def results(self) -> Any:
        """Each check with its verdict."""
        from impactbook.render.record.data import check_section

        view, dataset = self._view, self.loaded.id
        return _show(check_section(view, dataset, view.datasets[dataset]), self.language)

    @guarded
    def people(self) -> Any:
        """Who is in the data, against the reference population: sentences, chart, table."""
        from impactbook.render.record.represented import representation_section

        return self._shown(representation_section)

    @guarded
    def combinations(self) -> Any:
        """Which combinations of attributes are thin or empty, and who is missing."""
        from impactbook.render.record.combinations import combination_section

        return self._shown(combination_section)

    @guarded
    def over_time(self) -> Any:
        """How shares change over periods and parts of the data, and what left the range first."""
        from impactbook.render.record.represented import over_time_section

        return self._shown(over_time_section)

    @guarded
    def labels(self) -> Any:
        """How labels are spread over groups or classes."""
        from impactbook.render.record.labelled import label_section

        return self._shown(label_section)

    @guarded
    def proxies(self) -> Any:
        """Which other columns tell a protected attribute."""
        from impactbook.render.record.labelled import proxy_section

        return self._shown(proxy_section)

    @guarded
    def missing(self) -> Any:
        """What is missing, in which groups more often, and what only looks as if it were there."""
        from impactbook.render.record.quality import missing_section

        return self._shown(missing_section)

    @guarded
    def quality(self) -> Any:
        """What is repeated, leaking between splits or contradicting itself."""
        from impactbook.render.record.quality import quality_section

        return self._shown(quality_section)

    @guarded
    def texts(self) -> Any:
        """Length, variety and gaps of texts, hours of recordings."""
        from impactbook.render.record.quality import text_section

        return self._shown(text_section)

    @guarded
    def annotators(self) -> Any:
        """Who labelled, and how far they agree."""
        from impactbook.render.record.labelled import annotator_section

        return self._shown(annotator_section)

    @guarded
    def permitted(self) -> Any:
        """Legal bases, consent, retention and special categories."""
        from impactbook.render.record.permitted import permitted_section

        return self._shown(permitted_section)

    @guarded
    def personal_data(self) -> Any:
        """How many free texts hold personal data; counts only."""
        from impactbook.render.record.permitted import personal_data_section

        return self._shown(personal_data_section)

    @guarded
    def hypotheses(self) -> Any:
        """What was expected beforehand, and whether the data bears it out."""
        from impactbook.render.record.expected import hypothesis_section

        return self._shown(hypothesis_section)

    @guarded
    def figures(self) -> Any:
        """Every figure in one table."""
        from impactbook.render.record.all_figures import all_figures

        return _show(all_figures(self._view, self.loaded.id), self.language)

    def _shown(self, section: Callable[[RecordView, str], list[Block]]) -> Any:
        """One section of the record's chapter; one sentence where the data holds nothing on it."""
        from impactbook.render.record.parts import paragraph

        blocks = section(self._view, self.loaded.id)
        nothing: list[Block] = [paragraph(say(AREA, "nothing-to-show", self.language))]
        return _show(blocks or nothing, self.language)

    def everything(self) -> Iterator[dict[str, Any]]:
        """The outputs of all chapters, to compare a notebook's with."""
        chapters = (
            self.declaration,
            self.results,
            self.people,
            self.combinations,
            self.over_time,
            self.labels,
            self.proxies,
            self.missing,
            self.quality,
            self.texts,
            self.annotators,
            self.permitted,
            self.personal_data,
            self.hypotheses,
            self.figures,
        )
        yield self._evidence()
        for chapter in chapters:
            yield chapter()._repr_mimebundle_()


@dataclass(frozen=True)
class AssessmentSession:
    """One feature's assessment in a notebook; forms will bind to `inputs.loaded.assessment`."""

    inputs: FeatureInputs
    measured: tuple[DatasetEvidence, ...] | None = None

    @property
    def language(self) -> Language:
        """The language of what is shown."""
        return self.inputs.language

    @cached_property
    def evidence(self) -> tuple[DatasetEvidence, ...]:
        """The evidence on every dataset of the feature, given or measured now."""
        if self.measured is not None:
            return self.measured
        workspace = self.inputs.workspace
        as_of = self.inputs.as_of
        return tuple(measure(workspace, item, as_of).evidence for item in self.inputs.datasets)

    @cached_property
    def _view(self) -> RecordView:
        from impactbook.render.record.view import RecordView

        stated = record_content(self.inputs.for_judgement(self.evidence))
        content, _ = conceal(stated, fingerprint_paths(stated))
        figures = [figure for item in self.evidence for figure in item.figures]
        return RecordView({"version": None, **content}, figures, {}, self.language)

    @guarded
    def chapter(self, name: str) -> Any:
        """One chapter of the record, by its name in `render.record.document.CHAPTERS`."""
        from impactbook.render.record.document import CHAPTERS

        known = {chapter.__name__: chapter for chapter in CHAPTERS}
        if name not in known:
            raise InputError(
                f"there is no chapter {name[:40]!r}",
                remedy=nearest(name, list(known)),
                field="chapter",
            )
        return _show(known[name](self._view), self.language)

    @guarded
    def gate(self) -> None:
        """The gate's verdict, left in the notebook so that sealing can tell what was shown."""
        from IPython.display import display

        display(self._gate(), raw=True)  # type: ignore[no-untyped-call]

    def _gate(self) -> dict[str, Any]:
        from impactbook.render.mime import blocks_to_mime
        from impactbook.render.record.gate import gate

        view = self._view
        shown = {
            "feature": self.inputs.feature,
            "assessment": self.inputs.loaded.shown,
            "as_of": self.inputs.as_of.isoformat(),
            "gate": view.record["gate"]["status"],
        }
        return {**blocks_to_mime(gate(view), self.language), CONTENT_MIME: shown}

    def everything(self) -> Iterator[dict[str, Any]]:
        """The outputs of all chapters, to compare a notebook's with."""
        from impactbook.render.record.document import CHAPTERS

        for chapter in CHAPTERS:
            yield self.chapter(chapter.__name__)._repr_mimebundle_()
        yield self._gate()


def _show(blocks: list[Block], language: Language) -> Any:
    from impactbook.render.cells import show

    return show(blocks, language)
