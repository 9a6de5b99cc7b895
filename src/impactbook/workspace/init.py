"""`impactbook init`: a company's own workspace, complete with notebooks and a reference population.

Nothing that exists is ever overwritten, and a workspace appears whole or not at all. What it is
filled with comes from the installed package or, in an editable install, from the repository;
`content_root` finds it.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import textwrap
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import impactbook
from impactbook.errors import ImpactbookError, InputError
from impactbook.files import storage_error
from impactbook.language import Language, say
from impactbook.model.base import Model
from impactbook.model.config import Settings
from impactbook.workspace.schemas import SCHEMAS, schema_text
from impactbook.workspace.workspace import SETTINGS_FILE

_GITIGNORE = "outputs/.*\noutputs/*/.*\noutputs/*/draft/\n.impactbook/\n"
_GITATTRIBUTES = "outputs/** -text\noutputs/ledger.jsonl -text -merge\ndata_checks/** -text\n"
_STAGING = ".impactbook-init-"
_WIDTH = 98


class IncompleteInstallationError(ImpactbookError):
    """The installed package lacks the notebooks or data that a workspace is filled with."""

    def __init__(self, missing: str) -> None:
        super().__init__(f"This installation of impactbook lacks {missing}; install it again.")


def init_workspace(directory: Path, language: Language) -> list[Path]:
    """Make a new workspace at `directory` and return the files it consists of, sorted.

    The directory may exist as long as it holds no file that the workspace has too. Raises
    `InputError` when it does or when it is a workspace already, and `StorageError` when the system
    refuses; in both cases everything is as it was before.
    """
    # 1. Refuse before anything is written.
    content = starting_content(language)
    _refuse_conflicts(directory, content)
    # 2. Build the whole workspace in a hidden folder; 3. move it to its place. Whatever goes wrong
    #    on the way, take back what was made.
    made: list[Path] = []
    try:
        if directory.exists():
            _fill(directory, content, made)
        else:
            _build_beside(directory, content, made)
    except OSError as error:
        _take_back(made)
        raise storage_error(directory, error) from None
    except BaseException:
        _take_back(made)
        raise
    return sorted(directory / name for name in content)


def _build_beside(directory: Path, content: Mapping[str, bytes], made: list[Path]) -> None:
    """A new directory appears whole, by one rename."""
    _make_directories(directory.parent, made)
    staging = _staged(directory.parent, content, made)
    staging.rename(directory)


def _fill(directory: Path, content: Mapping[str, bytes], made: list[Path]) -> None:
    """An existing directory is filled file by file, the settings last: they make it a workspace."""
    staging = _staged(directory, content, made)
    for name in sorted(content, key=lambda name: (name == SETTINGS_FILE, name)):
        target = directory / name
        _make_directories(target.parent, made)
        _refuse_existing(target)
        (staging / name).rename(target)
        made.append(target)
    shutil.rmtree(staging)


def _staged(place: Path, content: Mapping[str, bytes], made: list[Path]) -> Path:
    """All files in a new hidden folder of `place`."""
    staging = place / f"{_STAGING}{secrets.token_hex(8)}"
    staging.mkdir()
    made.append(staging)
    for name, data in content.items():
        (staging / name).parent.mkdir(parents=True, exist_ok=True)
        (staging / name).write_bytes(data)
    return staging


def starting_content(language: Language) -> dict[str, bytes]:
    """Every file of a new workspace: its path inside the workspace, and its bytes."""
    root = content_root()
    content = {
        SETTINGS_FILE: settings_text(language).encode("utf-8"),
        ".gitignore": _GITIGNORE.encode("utf-8"),
        ".gitattributes": _GITATTRIBUTES.encode("utf-8"),
    }
    starter = files("impactbook.workspace").joinpath("starter", language)
    content |= dict(_files_below(starter))
    content |= _copied(root, "notebooks", "*.ipynb")
    content |= _copied(root, "data_checks/references", "*.*")
    for name in SCHEMAS:
        content[f".impactbook/schemas/{name}.json"] = schema_text(name).encode("utf-8")
    return content


def content_root() -> Path:
    """Where the notebooks and reference populations to copy are.

    A wheel carries them in `impactbook/_content`; an editable install finds them at the top of the
    repository, beside `src`. Raises `IncompleteInstallationError` when neither is there.
    """
    package = Path(impactbook.__file__).parent
    for root in (package / "_content", package.parent.parent):
        if (root / "notebooks").is_dir() and (root / "data_checks" / "references").is_dir():
            return root
    raise IncompleteInstallationError("its notebooks")


def settings_text(language: Language) -> str:
    """A commented `impactbook.toml` that states every setting with its default."""
    settings = Settings.model_validate({"schema": "impactbook/workspace/1", "language": language})
    lines = [
        "#:schema .impactbook/schemas/workspace.json",
        *_comment(say("init", "head", language)),
    ]
    return "\n".join([*lines, *_settings(settings, "", language)]) + "\n"


def _settings(model: Model, section: str, language: Language) -> Iterator[str]:
    """The lines of one table: plain settings first, then the tables below it, as TOML demands."""
    tables: list[tuple[str, Model]] = []
    for field, info in type(model).model_fields.items():
        value, name = getattr(model, field), info.alias or field
        if isinstance(value, Model):
            tables.append((f"{section}{name}", value))
            continue
        if name != "schema":
            yield ""
            yield from _comment(say("init", f"setting-{section}{name}", language))
        yield f'# {name} = "…"' if value is None else f"{name} = {_toml(value)}"
    for table, value in tables:
        yield ""
        yield from _comment(say("init", f"section-{table}", language))
        yield f"[{table}]"
        yield from _settings(value, f"{table}.", language)


def _toml(value: Any) -> str:
    """A setting as TOML; its strings, numbers, booleans and lists are written as in JSON."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
    )


def _files_below(folder: Traversable, path: str = "") -> Iterator[tuple[str, bytes]]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from _files_below(item, f"{path}{item.name}/")
        else:
            yield f"{path}{item.name}", item.read_bytes()


def _copied(root: Path, folder: str, pattern: str) -> dict[str, bytes]:
    found = sorted(path for path in (root / folder).glob(pattern) if _is_content(path))
    if not found:
        raise IncompleteInstallationError(f"the files of {folder}/")
    return {f"{folder}/{path.name}": path.read_bytes() for path in found}


def _is_content(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _refuse_conflicts(directory: Path, content: Mapping[str, bytes]) -> None:
    if directory.exists() and not directory.is_dir():
        raise InputError("is a file", remedy="name a folder", file=str(directory))
    if (directory / SETTINGS_FILE).exists():
        raise InputError(
            "is an impactbook workspace already",
            remedy="choose another folder, or add a feature with `impactbook new FEATURE`",
            file=str(directory),
        )
    for name in content:
        for above in reversed(Path(name).parents[:-1]):
            if (directory / above).is_symlink() or (directory / above).is_file():
                raise _in_the_way(directory / above)
        _refuse_existing(directory / name)


def _refuse_existing(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise _in_the_way(path)


def _in_the_way(path: Path) -> InputError:
    return InputError(
        "exists already and would be overwritten",
        remedy="move it away or choose another folder",
        file=str(path),
    )


def _make_directories(directory: Path, made: list[Path]) -> None:
    """Make `directory` and what is missing above it, noting each in `made`."""
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir()
        made.append(path)


def _take_back(made: list[Path]) -> None:
    """Remove what was made, newest first; a folder that someone has put a file into stays."""
    for path in reversed(made):
        with contextlib.suppress(OSError):
            if path.name.startswith(_STAGING):
                shutil.rmtree(path)
            elif path.is_dir():
                path.rmdir()
            else:
                path.unlink()
