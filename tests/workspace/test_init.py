"""A new workspace is complete, opens, overwrites nothing and appears whole or not at all."""

from __future__ import annotations

import errno
import json
import resource
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import impactbook
from impactbook.errors import InputError, StorageError
from impactbook.language import LANGUAGES, Language
from impactbook.model.config import GatePolicy, Settings
from impactbook.workspace import init
from impactbook.workspace.init import (
    IncompleteInstallationError,
    content_root,
    init_workspace,
    settings_text,
)
from impactbook.workspace.scaffold import scaffold
from impactbook.workspace.schemas import SCHEMAS, json_schema
from impactbook.workspace.workspace import open_workspace

ROOT = Path(__file__).resolve().parents[2]


def tree(directory: Path) -> dict[str, bytes | None]:
    """Everything below a directory: files with their bytes, folders with None."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() if path.is_file() else None
        for path in directory.rglob("*")
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_workspace_is_complete_and_opens(tmp_path: Path, language: Language) -> None:
    """Settings, notebooks, a reference population, schemas and guides; nothing else."""
    created = init_workspace(tmp_path / "company", language)
    names = {path.relative_to(tmp_path / "company").as_posix() for path in created}
    assert names == {name for name, data in tree(tmp_path / "company").items() if data is not None}
    assert names >= {
        "impactbook.toml",
        ".gitignore",
        ".gitattributes",
        "README.md",
        "assessments/README.md",
        "data_checks/README.md",
        "data_checks/references/destatis-bevoelkerung-2023.csv",
        "data_checks/references/destatis-bevoelkerung-2023.yaml",
        "notebooks/impact_assessment.ipynb",
        "notebooks/training_data.ipynb",
        "outputs/README.md",
        *(f".impactbook/schemas/{name}.json" for name in SCHEMAS),
    }
    assert [path.name for path in tmp_path.iterdir()] == ["company"]
    workspace = open_workspace(tmp_path / "company")
    assert workspace.settings.language == language
    assert workspace.features() == []
    assert workspace.datasets() == []


def test_copies_equal_what_the_package_holds(tmp_path: Path) -> None:
    """Notebooks and references are the same bytes; schemas are the published ones."""
    init_workspace(tmp_path / "w", "de")
    for folder in ("notebooks", "data_checks/references"):
        for path in (tmp_path / "w" / folder).iterdir():
            assert path.read_bytes() == (content_root() / folder / path.name).read_bytes()
    written = (tmp_path / "w/.impactbook/schemas/dataset.json").read_text(encoding="utf-8")
    assert json.loads(written) == json_schema("dataset")


def test_a_scaffold_loads_in_a_new_workspace(tmp_path: Path) -> None:
    """`init` then `new` gives a feature that is read without a word."""
    init_workspace(tmp_path / "w", "de")
    workspace = open_workspace(tmp_path / "w")
    path = workspace.assessment_path("hotline")
    path.parent.mkdir()
    path.write_text(scaffold("hotline", "voicebot", "de"), encoding="utf-8")
    assert open_workspace(tmp_path / "w").load_assessment("hotline").assessment.impacts


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_settings_file_states_and_explains_every_setting(language: Language) -> None:
    """Each setting stands with its default under a comment; the file means the same as no file."""
    text = settings_text(language)
    data = tomllib.loads(text)
    assert Settings.model_validate(data) == Settings.model_validate(
        {"schema": "impactbook/workspace/1", "language": language}
    )
    assert set(data) | {"organisation"} == {
        field.alias or name for name, field in Settings.model_fields.items()
    }
    assert set(data["gate"]) == set(GatePolicy.model_fields)
    lines = text.splitlines()
    for name in [*GatePolicy.model_fields, "organisation", "suppression_limit", "time_zone"]:
        place = next(
            n for n, line in enumerate(lines) if line.startswith((f"{name} =", f"# {name} ="))
        )
        assert lines[place - 1].startswith("# "), name
    assert max(map(len, lines)) <= 100


def test_git_ignores_drafts_and_never_merges_the_ledger(tmp_path: Path) -> None:
    """Sealed records are kept in version control, drafts and session files are not."""
    init_workspace(tmp_path / "w", "de")
    assert (
        tmp_path / "w/.gitignore"
    ).read_text() == "outputs/.*\noutputs/*/.*\noutputs/*/draft/\n.impactbook/\n"
    assert (
        tmp_path / "w/.gitattributes"
    ).read_text() == "outputs/** -text\noutputs/ledger.jsonl -text -merge\ndata_checks/** -text\n"


def test_an_existing_folder_keeps_what_it_holds(tmp_path: Path) -> None:
    """An empty folder, or one with other files such as a git repository, is filled in place."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "own.ipynb").write_text("{}")
    init_workspace(tmp_path, "en")
    assert (tmp_path / "notebooks" / "own.ipynb").read_text() == "{}"
    assert open_workspace(tmp_path).settings.language == "en"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".impactbook-init")]


def test_a_missing_parent_folder_is_made(tmp_path: Path) -> None:
    """`init a/b/c` works without a and b."""
    init_workspace(tmp_path / "a" / "b" / "c", "de")
    assert (tmp_path / "a/b/c/impactbook.toml").is_file()


def test_a_workspace_is_not_made_twice(tmp_path: Path) -> None:
    """A second `init` is refused and changes nothing."""
    init_workspace(tmp_path / "w", "de")
    before = tree(tmp_path)
    with pytest.raises(InputError, match="is an impactbook workspace already; choose another"):
        init_workspace(tmp_path / "w", "en")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["README.md", "data_checks/README.md", ".gitignore", "notebooks"])
def test_no_file_is_ever_overwritten(tmp_path: Path, name: str) -> None:
    """A file in the way is named, also where a folder should be, and nothing is written."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    before = tree(tmp_path)
    with pytest.raises(InputError) as caught:
        init_workspace(tmp_path, "de")
    assert str(caught.value).startswith(f"{path}: exists already and would be overwritten; move")
    assert tree(tmp_path) == before


def test_links_that_lead_elsewhere_are_refused(tmp_path: Path) -> None:
    """A dangling link or a linked folder would put files outside the workspace."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "outputs").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="outputs: exists already"):
        init_workspace(tmp_path / "w", "de")
    (tmp_path / "w" / "outputs").unlink()
    (tmp_path / "w" / "README.md").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"README\.md: exists already"):
        init_workspace(tmp_path / "w", "de")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_is_no_place_for_a_workspace(tmp_path: Path) -> None:
    """`init README.md` is a slip."""
    (tmp_path / "f").write_text("x")
    with pytest.raises(InputError, match="f: is a file; name a folder"):
        init_workspace(tmp_path / "f", "de")


def failing_renames(
    monkeypatch: pytest.MonkeyPatch, first: int, error: BaseException
) -> list[Path]:
    """Let the first renames through, then raise; returns the list of those that went through."""
    real, done = Path.rename, []

    def rename(self: Path, target: Path) -> Any:
        if len(done) == first:
            raise error
        done.append(target)
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    return done


@pytest.mark.parametrize("moved", [0, 1, 9])
def test_a_move_that_fails_leaves_an_existing_folder_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    """The disk fills up at the first, second or tenth rename: one sentence, and no trace."""
    (tmp_path / "own.txt").write_text("mine")
    before = tree(tmp_path)
    done = failing_renames(monkeypatch, moved, OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(StorageError, match="no space left on the device"):
        init_workspace(tmp_path, "de")
    assert len(done) == moved
    assert tree(tmp_path) == before


def test_a_new_folder_appears_by_one_rename_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When that rename fails, the parents made for it are gone too."""
    failing_renames(monkeypatch, 0, OSError(errno.EROFS, "Read-only file system"))
    with pytest.raises(StorageError, match="the file system is read-only"):
        init_workspace(tmp_path / "new" / "w", "de")
    assert tree(tmp_path) == {}
    monkeypatch.undo()
    done = failing_renames(monkeypatch, 2, OSError(errno.EIO, "not reached"))
    init_workspace(tmp_path / "new" / "w", "de")
    assert done == [tmp_path / "new" / "w"]


def test_the_settings_come_last_so_a_killed_init_is_no_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Filling an existing folder ends with `impactbook.toml`; before it, nothing opens."""
    done = failing_renames(monkeypatch, 1000, OSError(errno.EIO, "not reached"))
    init_workspace(tmp_path, "de")
    assert done[-1] == tmp_path / "impactbook.toml"


def test_an_interruption_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while files are moved takes back those that were."""
    failing_renames(monkeypatch, 5, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        init_workspace(tmp_path, "de")
    assert tree(tmp_path) == {}


def test_a_real_limit_on_file_size_is_one_sentence(tmp_path: Path) -> None:
    """The system itself refuses the reference population (79 kB): exit by StorageError, no trace."""
    code = (
        "import sys; from pathlib import Path\n"
        "from impactbook.errors import StorageError\n"
        "from impactbook.workspace.init import init_workspace\n"
        "try: init_workspace(Path(sys.argv[1]), 'de')\n"
        "except StorageError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, str(tmp_path / "w")],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cannot be written (the file is larger than allowed here)" in done.stdout
    assert done.stderr == ""
    assert tree(tmp_path) == {}


def test_the_repository_is_found_in_an_editable_install() -> None:
    """In a checkout, content comes from beside `src`; a wheel's copy would come first."""
    assert content_root() == ROOT


def test_a_wheel_brings_its_own_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`_content` inside the package wins; where nothing is there the installation is named."""
    package = tmp_path / "site-packages" / "impactbook"
    for folder in ("notebooks", "data_checks/references"):
        (package / "_content" / folder).mkdir(parents=True)
    monkeypatch.setattr(impactbook, "__file__", str(package / "__init__.py"))
    assert content_root() == package / "_content"
    with pytest.raises(
        IncompleteInstallationError, match=r"lacks the files of notebooks/; install"
    ):
        init.starting_content("de")
    (package / "_content" / "notebooks").rmdir()
    with pytest.raises(IncompleteInstallationError, match="lacks its notebooks; install it again"):
        init_workspace(tmp_path / "w", "de")
    assert not (tmp_path / "w").exists()


def test_both_languages_have_the_same_guides(tmp_path: Path) -> None:
    """German and English workspaces differ in words, not in files."""
    german, english = init.starting_content("de"), init.starting_content("en")
    assert set(german) == set(english)
    differing = {name for name in german if german[name] != english[name]}
    assert differing == {
        "README.md",
        "assessments/README.md",
        "data_checks/README.md",
        "outputs/README.md",
        "impactbook.toml",
    }
