"""The page on reading files: every field of `source` that reads has its heading, every refusal is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from impactbook.errors import InputError
from impactbook.model.dataset import Dataset
from impactbook.model.source import Source

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "checks" / "reading.md").read_text(encoding="utf-8")
REFUSED = dict(re.findall(r"^\| (.+?) \| `(.+)` \|$", PAGE, re.M))
_WHERE = {"files", "splits", "database", "spark", "frame"}

FILES: dict[str, tuple[bytes, dict[str, object]]] = {
    "other delimiter": (b"sex;age\nf;30\nm;40\n", {"delimiter": ","}),
    "other encoding": ("sex,age\nf,Köln\n".encode("latin-1"), {}),
    "rows of other length": (b"sex,age\n" + b"f,30\n" * 50 + b"m\n" + b"m,40\n" * 10, {}),
    "stray quotation mark": (b'sex,age\nf,30\n"m,40\nf,20\n', {}),
    "quoting off by mistake": (b'"sex","age"\n"f","30"\n', {"quoting": False}),
    "one name twice": (b"sex,sex\nf,30\n", {}),
    "column without a name": (b"sex,\nf,30\n", {}),
    "mixed line ends": (b"sex,age\r\nf,30\nm,40\r\n", {}),
    "other decimal mark": (b"sex;age\nf;30,5\nm;40,25\n", {}),
    "column absent": (b"sex,years\nf,30\n", {}),
    "no rows": (b"sex,age\n", {}),
    "empty file": (b"", {}),
}


@pytest.mark.parametrize("name", sorted(Source.model_fields.keys() - _WHERE))
def test_every_field_about_reading_has_a_heading_and_its_default(name: str) -> None:
    found = re.search(rf"^### `{name}`\n\n(Default: .*?)(?=^#)", PAGE, re.M | re.S)
    assert found
    default = Source.model_fields[name].default
    if default is not None:
        assert str(default) in found[1]


def test_the_page_lists_the_files_that_are_tried_here() -> None:
    assert REFUSED.keys() - {"file"} == FILES.keys()


@pytest.mark.parametrize("name", sorted(FILES))
def test_what_the_page_says_is_what_is_said(name: str, tmp_path: Path) -> None:
    """Word for word; the file is made here as the page describes it."""
    from impactbook.checks import run_checks

    content, source = FILES[name]
    (tmp_path / "data.csv").write_bytes(content)
    declared = Dataset.model_validate(
        {
            "schema": "impactbook/dataset/1",
            "title": "Test",
            "source": {"files": ["data.csv"], **source},
            "columns": {
                "sex": {"role": "protected"},
                "age": {"role": "feature", "minimum": 0, "maximum": 120},
            },
        }
    )
    with pytest.raises(InputError) as refused:
        run_checks("test", declared, folder=tmp_path, limit=5, references=tmp_path / "references")
    assert str(refused.value) == REFUSED[name]
