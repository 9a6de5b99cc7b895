"""What people write is read exactly, and every mistake becomes one sentence that helps."""

from __future__ import annotations

import datetime as dt
import io
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from impactbook.errors import InputError, InputErrors
from impactbook.model.assessment import Assessment
from impactbook.model.config import Settings
from impactbook.model.record import Record
from impactbook.workspace.digests import data_digest
from impactbook.workspace.mistakes import nearest
from impactbook.workspace.reading import MAX_BYTES, parse, read_toml, read_yaml

HEAD = "schema: impactbook/assessment/1\n"

TEXTS = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"
    ),
    max_size=40,
)
SCALARS = (
    TEXTS
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates()
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=15,
)


def read(text: str | bytes) -> Assessment:
    content = text if isinstance(text, bytes) else text.encode("utf-8")
    data, lines = read_yaml(content, "a.yaml")
    return parse(Assessment, data, "a.yaml", lines)


def complaint(text: str | bytes) -> str:
    with pytest.raises((InputError, InputErrors)) as caught:
        read(text)
    assert caught.value.exit_code == 2
    assert caught.value.__cause__ is None
    return str(caught.value)


@given(st.dictionaries(TEXTS, DATA, max_size=5))
@settings(max_examples=150, deadline=None)
def test_data_written_as_yaml_is_read_back_equal(data: dict[str, Any]) -> None:
    """Text, numbers, dates, lists and groups survive; no text turns into something else."""
    out = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_unicode = True
    yaml.default_flow_style = False
    yaml.dump(data, out)
    assert read_yaml(out.getvalue().encode("utf-8"), "a.yaml")[0] == data


@given(st.binary(max_size=200) | TEXTS.map(lambda text: text.encode("utf-8")))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused_in_a_sentence(content: bytes) -> None:
    """No input whatever ends in another error, and what is read has a digest."""
    outcome: str
    try:
        outcome = data_digest(read_yaml(content, "a.yaml")[0])
    except InputError as error:
        outcome = str(error)
    assert len(outcome) == 64 or outcome.startswith("a.yaml")


def test_lines_point_to_where_each_value_stands() -> None:
    """A key's line is that of the key; a list item's line is that of its dash."""
    text = "a: 1\nb:\n  - x\n  - c: 2\n"
    assert read_yaml(text.encode(), "a.yaml")[1] == {
        (): 1,
        ("a",): 1,
        ("b",): 2,
        ("b", 0): 3,
        ("b", 1): 4,
        ("b", 1, "c"): 4,
    }


def test_a_byte_order_mark_and_windows_lines_do_not_matter() -> None:
    """Files saved by Windows editors are read like any other."""
    plain = f"{HEAD}feature:\n  title: Größe\n"
    windows = b"\xef\xbb\xbf" + plain.replace("\n", "\r\n").encode("utf-8")
    assert read_yaml(windows, "a.yaml") == read_yaml(plain.encode("utf-8"), "a.yaml")


def test_a_key_that_holds_nothing_counts_as_left_out() -> None:
    """Somebody who strikes everything below `roles:` has not made a mistake."""
    text = f"{HEAD}feature:\nroles:\nstakeholders:\n  - id: callers\n    name: Callers\n    involvement:\n"
    assessment = read(text)
    assert assessment.roles == ()
    assert assessment.feature.title is None
    assert assessment.stakeholders[0].involvement == ()


def test_a_required_key_that_holds_nothing_is_not_left_out() -> None:
    """`previous: null` in a record says that there is none; dropping it would be a missing key."""
    with pytest.raises(InputErrors) as caught:
        parse(Record, {"schema": "impactbook/record/1", "previous": None}, "record.json")
    assert not any(error.field == "previous" for error in caught.value.errors)
    assert any(error.field == "gate" for error in caught.value.errors)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            f"{HEAD}featur: {{}}\n",
            "a.yaml, line 2, featur: the key 'featur' is unknown; did you mean 'feature'?",
        ),
        (
            f"{HEAD}feature:\n  titel: x\n",
            "a.yaml, line 3, feature.titel: the key 'titel' is unknown; did you mean 'title'?",
        ),
        (
            f"{HEAD}feature: {{title: {{fr: x}}}}\n",
            "a.yaml, line 2, feature.title.fr: the key 'fr' is unknown; use one of: de, en.",
        ),
        (
            f"{HEAD}impacts:\n  - id: a\n",
            "a.yaml, line 3, impacts[1].title: the key is missing; add it.",
        ),
        (
            f"{HEAD}feature: {{channels: [phone]}}\n",
            "a.yaml, line 2, feature.channels[1]: 'phone' is not a known choice; "
            "use one of: voice, chat, email.",
        ),
        (
            f"{HEAD}feature: {{automation: decide-alone}}\n",
            "a.yaml, line 2, feature.automation: 'decide-alone' is not a known choice; "
            "did you mean 'decides-alone'?",
        ),
        (
            f"{HEAD}roles: owner\n",
            "a.yaml, line 2, roles: 'owner' does not fit; write a list, one line starting with",
        ),
        (
            f"{HEAD}roles: [owner]\n",
            "a.yaml, line 2, roles[1]: 'owner' does not fit; write its keys on lines of their own",
        ),
        (
            f"{HEAD}feature: {{title: 2026-01-01}}\n",
            "a.yaml, line 2, feature.title: '2026-01-01' does not fit; write a text, in quotes",
        ),
        (
            f"{HEAD}decision: {{on: 1.2.2026}}\n",
            "a.yaml, line 2, decision.on: '1.2.2026' does not fit; "
            "write a date such as 2026-12-31.",
        ),
        (
            f"{HEAD}decision: {{on: 2026-02-30}}\n",
            "a.yaml, line 2, decision.on: the value cannot be read as a number or date; correct",
        ),
        (
            f"{HEAD}decision: {{conditions: [{{id: a, text: b, due: soon}}]}}\n",
            "a.yaml, line 2, decision.conditions[1].due: 'soon' is not a known choice; "
            "use one of: before-go-live, or write a date such as 2026-12-31.",
        ),
        (
            f"{HEAD}feature: {{volume: {{agents: 1.5}}}}\n",
            "a.yaml, line 2, feature.volume.agents: '1.5' does not fit; write a whole number.",
        ),
        (
            f"{HEAD}impacts: [{{id: A_B, title: x}}]\n",
            "a.yaml, line 2, impacts[1].id: 'A_B' is not allowed here; "
            "use 1 to 63 lower-case letters, digits and hyphens.",
        ),
        (
            f"{HEAD}impacts: [{{id: a, title: x, affects: [z]}}]\n",
            "impacts[a].affects names the stakeholder group 'z', which is not among: none yet;",
        ),
        (
            f"{HEAD}impacts: [{{id: a, title: x}}, {{id: a, title: y}}]\n",
            "impacts names 'a' more than once; keep one.",
        ),
    ],
)
def test_each_mistake_names_line_field_and_remedy(text: str, sentence: str) -> None:
    """Misspelt and missing keys, wrong types, wrong choices, ids and references."""
    assert sentence in complaint(text)


def test_several_mistakes_are_named_at_once() -> None:
    """A person corrects the file once, not once per mistake."""
    found = complaint(f"{HEAD}feature: {{titel: x, stage: old}}\n").splitlines()
    assert len(found) == 2
    assert "feature.stage: 'old'" in found[0]
    assert "feature.titel" in found[1]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{HEAD}a: &bomb [x]\nb: [*bomb, *bomb]\n", "line 2: uses a YAML anchor or alias"),
        (f"{HEAD}feature: !!python/object:os.system x\n", "uses the YAML tag 'python/object"),
        (f"{HEAD}feature: !mine {{a: 1}}\n", "uses the YAML tag '!mine'"),
        (f"{HEAD}feature: {{title: !!binary aGk=}}\n", "uses the YAML tag 'binary'"),
        (f"{HEAD}feature:\n  <<: {{title: x}}\n", "line 3, feature.<<: the key '<<' is unknown"),
        (f"{HEAD}feature: {{}}\nfeature: {{}}\n", "line 3, feature: has the key 'feature' twice"),
        (f"{HEAD}feature:\n\ttitle: x\n", "line 3: the YAML is malformed (found character '\\t'"),
        (f"{HEAD}feature:\n\ttitle: x\n", "use spaces instead of the tab."),
        (f"{HEAD}feature: {'[' * 41}{']' * 41}\n", "line 2: is nested deeper than 40 levels"),
        (f"{HEAD}feature: {'[' * 100_000}", "line 2: is nested deeper than 40 levels"),
        (f"{HEAD}---\nsecond: 1\n", "line 2: the YAML is malformed (but found another document)"),
        (f"{HEAD}feature: {{title: 'x\n", "the YAML is malformed (found unexpected end of stream)"),
        (f"{HEAD}? [a]\n: x\n", "line 2: has a list as a key"),
        (f"{HEAD}feature: {{title: a\x07}}\n", "line 2: holds the control character U+0007"),
        (f"{HEAD}feature: {{title: a\x9b}}\n", "line 2: holds the control character U+009B"),
        (f'{HEAD}feature: {{title: "a\\0"}}\n', "line 2, feature.title: holds the control"),
        (f'{HEAD}feature: {{title: "\\ud800"}}\n', "holds the control character U+D800"),
        (f"{HEAD}feature: {{volume: {{agents: .nan}}}}\n", "agents: is no finite number"),
        (f"{HEAD}feature: {{volume: {{agents: {2**53}}}}}\n", "agents: is too large a number"),
        (f"{HEAD}feature: {{volume: {{agents: {'9' * 5000}}}}}\n", "agents: the value cannot be"),
        ("", "a.yaml, line 1: holds no keys; write the file as `key: value` lines."),
        ("- a\n", "a.yaml, line 1: holds no keys"),
        ((HEAD + "feature: {title: Größe}\n").encode("latin-1"), "line 2: is not valid UTF-8"),
        (HEAD.encode("utf-16"), "line 1: is not valid UTF-8; save it as UTF-8."),
        (b"#" * (MAX_BYTES + 1), "is larger than 4,000,000 bytes"),
    ],
)
def test_dangerous_and_broken_yaml_is_refused(text: str | bytes, problem: str) -> None:
    """Bombs, tags, odd encodings and what breaks a record's canonical form never get in."""
    assert problem in complaint(text)


def test_nesting_below_the_limit_is_read() -> None:
    """Stream, document and mapping take 3 of the 40 levels, so 37 lists fit and 38 do not."""
    assert read_yaml(f"x: {'[' * 37}{']' * 37}".encode(), "a.yaml")[0]["x"] != []
    with pytest.raises(InputError, match="deeper than 40 levels"):
        read_yaml(f"x: {'[' * 38}{']' * 38}".encode(), "a.yaml")


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        (
            "impactbook/assessment/2",
            "is impactbook/assessment/2, newer than this impactbook knows; install an impactbook",
        ),
        ("impactbook/assessment/0", "write `schema: impactbook/assessment/1`"),
        ("impactbook/dataset/1", "is 'impactbook/dataset/1'; write `schema: impactbook/asse"),
        ("[a]", "is a list; write"),
    ],
)
def test_another_schema_is_named_before_its_unknown_keys(schema: str, sentence: str) -> None:
    """A newer file is not called full of mistakes; it needs a newer impactbook."""
    found = complaint(f"schema: {schema}\nsome_new_key: 1\n")
    assert sentence in found
    assert "some_new_key" not in found


def test_a_missing_schema_says_what_to_add() -> None:
    """The line to add stands in the message."""
    assert "schema: the key is missing; add `schema: impactbook/assessment/1`." in complaint("x: 1")


def test_the_nearest_known_word_is_suggested_else_all() -> None:
    """`voice-bot` is near voicebot; `payroll` is near nothing."""
    known = ["voicebot", "chatbot"]
    assert nearest("voice-bot", known) == "did you mean 'voicebot'? Known are: voicebot, chatbot"
    assert nearest("payroll", known) == "use one of: voicebot, chatbot"
    assert nearest("payroll", []) == "remove it"


def test_toml_is_read_and_its_mistakes_named() -> None:
    """Settings go the same way; a malformed file and an unknown key are one sentence each."""
    data = read_toml(b'schema = "impactbook/workspace/1"\nlanguage = "en"\n', "impactbook.toml")
    assert parse(Settings, data, "impactbook.toml").language == "en"
    with pytest.raises(
        InputError, match=r"^impactbook\.toml: the TOML is malformed \(.+\); correct it"
    ):
        read_toml(b"language = \n", "impactbook.toml")
    with pytest.raises(InputError, match="the key 'langage' is unknown; did you mean 'language'"):
        parse(Settings, {"schema": "impactbook/workspace/1", "langage": "de"}, "impactbook.toml")


def test_dates_become_dates_and_times_stay_text() -> None:
    """A day is a date; a time stamp is kept as text, because no model asks for one."""
    data, _ = read_yaml(b"day: 2026-11-23\ntime: 2026-11-23T10:00:00\nnone:\nhalf: 0.5\n", "a.yaml")
    assert data["day"] == dt.date(2026, 11, 23)
    assert data["time"] == "2026-11-23T10:00:00"
    assert data["none"] is None
    assert math.isclose(data["half"], 0.5)
