"""The workspace: where everything is, and the files people write, read and checked.

Only this package knows folder names. Loading returns the model together with the digest of the
content, because evidence, sign-offs and versions speak of exactly one content.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impactbook.errors import InputError
from impactbook.model.assessment import Assessment
from impactbook.model.base import ID_PATTERN
from impactbook.model.config import Settings
from impactbook.model.dataset import Dataset
from impactbook.workspace.digests import content_digest, data_digest, shown_digest
from impactbook.workspace.reading import nearest, parse, read_toml, read_yaml

SETTINGS_FILE = "impactbook.toml"


@dataclass(frozen=True)
class LoadedAssessment:
    """An assessment as read: `content` is the digest sign-offs name, `digest` covers all of it."""

    feature: str
    path: Path
    assessment: Assessment
    data: dict[str, Any]
    content: str
    digest: str

    @property
    def shown(self) -> str:
        """The digest of what may be shown to anybody: no names, so nothing to guess them by."""
        return shown_digest(self.data)


@dataclass(frozen=True)
class LoadedDataset:
    """A dataset's declaration as read, and the digest of what it says."""

    id: str
    path: Path
    dataset: Dataset
    digest: str


@dataclass(frozen=True)
class Workspace:
    """One workspace, found by its `impactbook.toml`."""

    root: Path
    settings: Settings
    settings_digest: str

    @property
    def outputs(self) -> Path:
        """Where sealed records, drafts and the ledger are."""
        return self.root / "outputs"

    @property
    def notebooks(self) -> Path:
        """Where the workspace's notebooks are."""
        return self.root / "notebooks"

    @property
    def data_checks(self) -> Path:
        """Where datasets are declared."""
        return self.root / "data_checks"

    @property
    def references(self) -> Path:
        """Where reference populations are."""
        return self.data_checks / "references"

    @property
    def frameworks(self) -> Path:
        """Where the workspace's own question packs are."""
        return self.root / "frameworks"

    @property
    def private(self) -> Path:
        """`.impactbook/`: schemas, logs, session copies; ignored by git."""
        return self.root / ".impactbook"

    def assessment_path(self, feature: str) -> Path:
        """The file that holds what people decided about a feature; the id is checked first."""
        check_id(feature, "feature")
        return self.root / "assessments" / feature / "assessment.yaml"

    def features(self) -> list[str]:
        """All features with an assessment, by id."""
        found = (self.root / "assessments").glob("*/assessment.yaml")
        return sorted(path.parent.name for path in found)

    def datasets(self) -> list[str]:
        """All declared datasets, by id."""
        return sorted(path.stem for path in self.data_checks.glob("*.yaml"))

    def load_assessment(self, feature: str) -> LoadedAssessment:
        """Read a feature's assessment; raises `InputError` when absent, unreadable or wrong."""
        path = self.assessment_path(feature)
        if not path.is_file():
            raise InputError(
                f"there is no feature {feature!r}",
                remedy=_remedy(feature, self.features(), f"run `impactbook new {feature}` first"),
                file=self.relative(path),
            )
        name = self.relative(path)
        data, lines = read_yaml(path.read_bytes(), name)
        assessment = parse(Assessment, data, name, lines)
        self._check_datasets(assessment, name, lines)
        return LoadedAssessment(
            feature, path, assessment, data, content_digest(data), data_digest(data)
        )

    def load_dataset(self, dataset: str) -> LoadedDataset:
        """Read a dataset's declaration; raises `InputError` when absent, unreadable or wrong."""
        check_id(dataset, "dataset")
        path = self.data_checks / f"{dataset}.yaml"
        if not path.is_file():
            raise InputError(
                f"there is no dataset {dataset!r}",
                remedy=_remedy(
                    dataset, self.datasets(), "declare it with `impactbook check FILE --declare`"
                ),
                file=self.relative(path),
            )
        name = self.relative(path)
        data, lines = read_yaml(path.read_bytes(), name)
        return LoadedDataset(dataset, path, parse(Dataset, data, name, lines), data_digest(data))

    def notebook(self, name: str) -> Path:
        """One of the workspace's notebooks; raises `InputError` when it is not there."""
        path = self.notebooks / name
        if not path.is_file():
            raise InputError(
                "the notebook is missing",
                remedy="restore it, or copy it from a workspace that `impactbook init` made",
                file=self.relative(path),
            )
        return path

    def relative(self, path: Path) -> str:
        """A path as shown to people: relative to the workspace where it lies inside."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return str(path)

    def _check_datasets(
        self, assessment: Assessment, name: str, lines: dict[Any, int] | Any
    ) -> None:
        for use in ("training", "evaluation"):
            for index, dataset in enumerate(getattr(assessment.feature.datasets, use)):
                if not (self.data_checks / f"{dataset}.yaml").is_file():
                    raise InputError(
                        f"names the dataset {dataset!r}, which data_checks/ does not declare",
                        remedy=_remedy(
                            dataset,
                            self.datasets(),
                            "declare it with `impactbook check FILE --declare`, or remove it here",
                        ),
                        file=name,
                        line=lines.get(("feature", "datasets", use, index)),
                        field=f"feature.datasets.{use}",
                    )


def open_workspace(directory: Path) -> Workspace:
    """Open the workspace at `directory`; raises `InputError` when it is none."""
    path = directory / SETTINGS_FILE
    if not path.is_file():
        raise InputError(
            f"{SETTINGS_FILE} is missing, so this is no impactbook workspace",
            remedy="run `impactbook init DIR`, or name the workspace with --workspace DIR",
            file=str(directory),
        )
    content = path.read_bytes()
    data = read_toml(content, SETTINGS_FILE)
    settings = parse(Settings, data, SETTINGS_FILE)
    # Who may sign and who stamps the time changes nothing in a record's content.
    content_of = settings.model_dump_json(by_alias=True, exclude={"signing"})
    digest = hashlib.sha256(content_of.encode()).hexdigest()
    return Workspace(directory.resolve(), settings, digest)


def check_id(value: str, what: str) -> None:
    """Refuse an id that could leave its folder or break elsewhere; raises `InputError`."""
    if re.fullmatch(ID_PATTERN, value) is None or value.endswith("\n"):
        shown = value if len(value) <= 70 else value[:69] + "…"
        raise InputError(
            f"{shown!r} is no {what} id",
            remedy="use 1 to 63 lower-case letters, digits and hyphens, starting with a letter or "
            "digit",
        )


def _remedy(word: str, known: list[str], otherwise: str) -> str:
    return nearest(word, known) if known else otherwise
