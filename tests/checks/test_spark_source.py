"""A table or files of Spark: quiet, read as text, and missing parts named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from declared import dataset, figure

from impactbook.checks import run_checks
from impactbook.checks.source import ROWS
from impactbook.checks.sources import open_any
from impactbook.checks.sources.spark import local_session
from impactbook.errors import InputError
from impactbook.model.dataset import Dataset

pytestmark = pytest.mark.engines
SECRET = "Sentinel4821"


def declared(columns: dict[str, Any] | None = None, **spark: Any) -> Dataset:
    return dataset(columns or {"sex": "protected", "age": "proxy"}, source={"spark": spark})


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    """40 people, 10 men among them; age is a float, as pandas makes it of numbers with gaps."""
    people = pd.DataFrame({"sex": ["m", "f", "f", "f"] * 10, "age": [1.0, 2.0, None, 4.0] * 10})
    people.to_parquet(tmp_path / "people.parquet")
    return tmp_path


def test_files_beside_the_declaration_are_checked(spark: Any, parquet: Path) -> None:
    """30 of 40 women; 1 not 1.0; NULL is missing."""
    evidence = run_checks(
        "x",
        declared(path="people.parquet"),
        folder=parquet,
        limit=1,
        references=parquet,
        spark=spark,
    ).evidence
    share = figure(evidence, "share", attribute="sex", group="f")
    assert (share.numerator, share.denominator) == (30, 40)
    ages = {f.group for f in evidence.figures if f.attribute == "age" and f.metric == "share"}
    assert ages == {"1", "2", "4"}
    assert evidence.engine.startswith("spark 4.")


def test_a_view_or_table_of_the_catalogue_is_checked(spark: Any) -> None:
    """Named as in Spark; nothing of ours stays in the catalogue."""
    spark.range(3).selectExpr("CAST(id AS STRING) AS sex", "id > 1 AS age").createOrReplaceTempView(
        "visible"
    )
    before = spark.sql("SHOW TABLES").collect()
    declaration = declared(table="visible")
    with open_any(declaration, folder=Path(), spark=spark) as opened:
        opened.prepare(declaration)
        import sqlalchemy as sa

        query = sa.select(sa.column("age")).select_from(opened.table("groups"))
        assert sorted(opened.fetch(query)) == [("false",), ("false",), ("true",)]
    assert spark.sql("SHOW TABLES").collect() == before
    spark.catalog.dropTempView("visible")


def test_text_files_are_read_as_the_declaration_says(spark: Any, tmp_path: Path) -> None:
    """Quotes, semicolons, line ends inside cells."""
    (tmp_path / "x.csv").write_text('sex;age\n"f ""x""";1\n"m\nn";2\n', encoding="utf-8")
    source = {"spark": {"path": "x.csv", "format": "csv"}, "delimiter": ";"}
    declaration = dataset({"sex": "protected"}, source=source)
    import sqlalchemy as sa

    with open_any(declaration, folder=tmp_path, spark=spark) as opened:
        query = sa.select(sa.column("sex")).select_from(opened.table(ROWS))
        assert sorted(opened.fetch(query)) == [('f "x"',), ("m\nn",)]


def test_rows_that_change_meanwhile_are_noticed(spark: Any, parquet: Path) -> None:
    """A digest before and after tells."""
    declaration = declared(path="people.parquet")
    with (
        pytest.raises(InputError, match=r"changed while it was read|cannot be read"),
        open_any(declaration, folder=parquet, spark=spark),
    ):
        pd.DataFrame({"sex": ["m"], "age": [1.0]}).to_parquet(parquet / "people.parquet")


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ({"table": "nope"}, "source.spark.table: Spark has no such table"),
        ({"path": "nope.parquet"}, "source.spark.path: Spark cannot read the path as parquet"),
        ({"path": "people.parquet", "format": "orc"}, "Spark cannot read the path as orc"),
    ],
)
def test_what_is_absent_is_named(
    spark: Any,
    parquet: Path,
    where: dict[str, str],
    sentence: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """One sentence, and nothing from Java."""
    with (
        pytest.raises(InputError) as caught,
        open_any(declared(**where), folder=parquet, spark=spark),
    ):
        pass
    assert sentence in str(caught.value)
    assert "java" not in "".join(capfd.readouterr()).lower()


def test_a_column_that_is_absent_is_named(spark: Any, parquet: Path) -> None:
    """With what was probably meant."""
    declaration = declared(path="people.parquet")
    with (
        pytest.raises(
            InputError, match="there is no column 'sexe' in the data; did you mean 'sex'"
        ),
        open_any(declaration, folder=parquet, needed=["sexe"], spark=spark),
    ):
        pass


def test_a_broken_row_is_not_shown(
    spark: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Spark would print the row."""
    (tmp_path / "x.csv").write_text(f"sex,age\nf,1,{SECRET},{SECRET}\n", encoding="utf-8")
    declaration = declared(path="x.csv", format="csv")
    with pytest.raises(InputError) as caught, open_any(declaration, folder=tmp_path, spark=spark):
        pass
    assert SECRET not in str(caught.value) + "".join(capfd.readouterr())


def test_without_java_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install."""
    pytest.importorskip("pyspark", reason="needs impactbook[spark]")
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(InputError, match="Spark needs Java, and there is none; install Java 17"):
        local_session()


def test_without_pyspark_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(
        InputError, match=r"Spark is not installed; pip install 'impactbook\[spark\]'"
    ):
        local_session()


@pytest.mark.slow
def test_a_session_of_our_own_is_started_and_stopped_in_silence(parquet: Path) -> None:
    """Nothing on the error stream, no folder left behind."""
    program = (
        "from pathlib import Path\n"
        "from impactbook.checks.sources import open_any\n"
        "from impactbook.model.dataset import Dataset\n"
        "told = {'schema': 'impactbook/dataset/1', 'title': 'x', 'columns': {'sex': {'role': "
        "'protected'}}, 'source': {'spark': {'path': 'people.parquet'}}}\n"
        f"with open_any(Dataset.model_validate(told), folder=Path({str(parquet)!r})) as opened:\n"
        "    print(opened.rows)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=parquet, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("40\n", "")
    assert [path.name for path in parquet.iterdir()] == ["people.parquet"]
