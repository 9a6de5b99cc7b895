"""Erasing: the value is in no file afterwards, everything verifies, and kill -9 changes nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from export_samples import NAMES, TAMPERED, composer, present, read, seal_sample, write
from faults import killed_moments
from record_samples import files_below
from signing_samples import signer

from impactbook.errors import InputError, RecordError, StorageError
from impactbook.records import erasing, ledger
from impactbook.records.canonical import canonical, sha256
from impactbook.records.disclosures import seal_value
from impactbook.records.erase import Erased, erase, still_there
from impactbook.records.export import export_record, verify_zip
from impactbook.records.folders import RecordName, read_disclosures, read_record
from impactbook.records.rebuild import compare_pages, read_whole
from impactbook.records.seal import write_draft
from impactbook.records.signing.pdf import SigningWords
from impactbook.records.signing.sign import sign_record
from impactbook.records.verification import VerificationReport
from impactbook.records.verify import verify

NAME = RecordName("voicebot", "1.0.0")
FIELD = "/assessment/roles/0/person"
WHEN = "2027-02-01T08:00:00Z"
REASON = "Widerspruch nach Art. 21 DSGVO"


def erased(outputs: Path, field: str = FIELD, **options: Any) -> Erased:
    given = {"reason": REASON, "created": WHEN, "present": present, **options}
    return erase(outputs, options.pop("name", NAME), field, **given)


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """The name stands in two versions of one feature and in another feature."""
    outputs = tmp_path / "outputs"
    seal_sample(outputs)
    seal_sample(outputs, findings=[{"id": "late"}])
    seal_sample(outputs, "chatbot")
    return outputs


def test_the_value_is_in_no_file_afterwards_and_everything_verifies(outputs: Path) -> None:
    before = {NAME.feature: read_record(outputs, *NAME.__dict__.values())}
    assert len(list(still_there(outputs, NAMES[0]))) == 9  # disclosures, PDF, HTML of 3 records
    done = erased(outputs)
    assert done.remains == ()
    assert list(still_there(outputs, NAMES[0])) == []
    for path, content in files_below(outputs).items():
        assert NAMES[0].encode() not in content, path
    assert [str(ledger.name_of(line)) for line in done.lines] == [
        "chatbot@1.0.0", "voicebot@1.0.0", "voicebot@1.1.0"]  # fmt: skip
    assert all(line.reason == REASON for line in done.lines)
    for report in verify(outputs):
        assert report.holds, report
        assert REASON in next(step.detail for step in report.steps if step.name == "disclosures")
    assert read_record(outputs, "voicebot", "1.0.0") == before["voicebot"]
    # The other person stays, on the pages too.
    assert len(list(still_there(outputs, NAMES[1]))) == 9


def test_the_search_finds_a_value_in_streams_and_in_files_inside_a_pdf(outputs: Path) -> None:
    """Otherwise finding nothing would prove nothing; the PDF's streams are packed."""
    path = NAME.folder(outputs) / "record.pdf"
    assert NAMES[0].encode() not in path.read_bytes()
    assert "voicebot/1.0.0/record.pdf" in list(still_there(outputs, NAMES[0]))


def test_pages_made_again_after_an_erasure_are_the_same_bytes(outputs: Path) -> None:
    erased(outputs)
    whole = read_whole(outputs, NAME)
    assert compare_pages(whole.record, whole.disclosures, whole.files, present).same


def test_sealing_goes_on_after_an_erasure(outputs: Path) -> None:
    erased(outputs)
    assert seal_sample(outputs, findings=[]).version == "1.2.0"
    assert all(report.holds for report in verify(outputs))


def test_an_export_of_an_erased_record_holds_and_tells(outputs: Path, tmp_path: Path) -> None:
    erased(outputs)
    for audience in (None, "public"):
        made = export_record(outputs, NAME, tmp_path, present=present, audience=audience)  # type: ignore[arg-type]
        report = verify_zip(made.path)
        assert report.holds, report
        assert any(REASON in step.detail for step in report.steps)
        assert not any(NAMES[0].encode() in content for content in read(made.path).values())
    # Erased, not left out: whoever made the ZIP could not have kept it.
    assert FIELD not in made.description.left_out
    change, _ = TAMPERED["the ledger's end cut off"]
    assert not verify_zip(write(tmp_path / "cut.zip", change(read(made.path)))).holds


def test_a_draft_that_shows_the_value_goes(outputs: Path) -> None:
    write_draft(outputs, "voicebot", compose=composer(), present=present)
    write_draft(
        outputs,
        "chatbot",
        compose=composer(assessment={"roles": [{"role": "owner", "person": "A"},
                                               {"role": "oversight", "person": "B"}]}),
        present=present,
    )  # fmt: skip
    assert erased(outputs).drafts == ("voicebot",)
    assert not (outputs / "voicebot/draft").exists()
    assert (outputs / "chatbot/draft").exists()


def test_what_people_wrote_openly_is_told_and_not_hidden(tmp_path: Path) -> None:
    outputs = tmp_path / "outputs"
    seal_sample(outputs, impacts=[{"id": "x", "level": {}, "text": f"{NAMES[0]} sagt ja"}])
    done = erased(outputs)
    assert "voicebot/1.0.0/record.json" in done.remains
    assert all(report.holds for report in verify(outputs))


@pytest.mark.parametrize("reason", ["", "  ", f"Wunsch von {NAMES[0]}", NAMES[0].upper()])
def test_a_reason_is_needed_and_must_not_keep_the_value(outputs: Path, reason: str) -> None:
    before = files_below(outputs)
    with pytest.raises(InputError, match="--reason"):
        erased(outputs, reason=reason)
    assert files_below(outputs) == before


def test_a_field_that_is_not_there_or_was_erased_is_told_without_values(outputs: Path) -> None:
    with pytest.raises(InputError, match=r"no internal field '/gate'.*name one of /assess") as told:
        erased(outputs, "/gate")
    assert NAMES[0] not in str(told.value)
    erased(outputs)
    with pytest.raises(InputError, match=r"was erased from voicebot@1\.0\.0 already"):
        erased(outputs)


def test_nothing_is_erased_from_a_record_that_does_not_verify(outputs: Path) -> None:
    (outputs / "chatbot/1.0.0/record.html").write_bytes(b"changed")
    before = files_below(outputs)
    with pytest.raises(RecordError, match=r"chatbot@1\.0\.0: does not verify"):
        erased(outputs)
    assert files_below(outputs) == before


def test_an_erasure_cannot_be_undone_in_silence(outputs: Path) -> None:
    """Putting the old files back, or dropping the line, fails."""
    old = {path: content for path, content in files_below(outputs).items() if "1.0.0/" in path}
    length = len((outputs / ledger.LEDGER).read_bytes())
    erased(outputs)
    (NAME.folder(outputs) / "record.pdf").write_bytes(old["voicebot/1.0.0/record.pdf"])
    assert not next(r for r in verify(outputs) if r.subject == str(NAME)).holds
    for path, content in old.items():
        (outputs / path).write_bytes(content)
    assert not next(r for r in verify(outputs) if r.subject == str(NAME)).holds
    (outputs / ledger.LEDGER).write_bytes((outputs / ledger.LEDGER).read_bytes()[:length])
    assert next(r for r in verify(outputs) if r.subject == str(NAME)).holds  # as it was before


@pytest.mark.slow
def test_killed_at_any_moment_the_next_run_finishes_or_nothing_was_erased(tmp_path: Path) -> None:
    def prepared(moment: int) -> Path:
        outputs = tmp_path / str(moment)
        seal_sample(outputs)
        seal_sample(outputs, findings=[{"id": "late"}])
        return outputs

    killed = killed_moments(prepared, lambda at: erased(at))
    assert len(killed) > 20
    announced = 0
    for outputs in killed:
        announced += (outputs / erasing.ERASING).exists()
        if (outputs / erasing.ERASING).exists() or any(still_there(outputs, NAMES[0])):
            assert len(erased(outputs).lines) == 2
        else:
            # Killed when all was done: asking again says so.
            with pytest.raises(InputError, match="already"):
                erased(outputs)
        assert list(still_there(outputs, NAMES[0])) == []
        assert all(report.holds for report in verify(outputs)), verify(outputs)
        assert [path for path in files_below(outputs) if "/." in path or path[0] == "."] == []
    assert 0 < announced < len(killed)


@pytest.mark.slow
def test_a_sealing_finishes_an_erasure_that_was_interrupted(tmp_path: Path) -> None:
    def prepared(moment: int) -> Path:
        outputs = tmp_path / str(moment)
        seal_sample(outputs)
        return outputs

    killed = killed_moments(prepared, lambda at: erased(at))
    for outputs in killed:
        announced = (outputs / erasing.ERASING).exists()
        reports = verify(outputs)
        # Killed is not tampered: before the lines stand all files are the old ones, afterwards each
        # is the old or the new one. The tests below show that this helps no one who forges it.
        assert all(report.holds for report in reports), reports
        assert announced == any("is not finished" in note for note in reports[0].notes)
        seal_sample(outputs, "chatbot")
        assert all(report.holds for report in verify(outputs))
        gone = read_disclosures(outputs, "voicebot", "1.0.0").entries[0].path != FIELD
        assert gone == announced or gone


def test_a_full_disk_erases_nothing(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files_below(outputs)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match="no space left"):
        erased(outputs)
    monkeypatch.undo()
    assert files_below(outputs) == before
    assert all(report.holds for report in verify(outputs))


def unfinished(outputs: Path, *, appended: bool = True) -> erasing.ErasingIntent:
    """The state in which a process dies: announced, new files waiting, the lines in the ledger."""
    done = outputs.with_name("done")
    shutil.copytree(outputs, done)
    intent = erasing.ErasingIntent(staging=".erased-00.part", lines=erased(done).lines)
    for line in intent.lines:
        name = ledger.name_of(line)
        intent.staged(outputs, name).mkdir(parents=True)
        for file in erasing.REPLACED:
            shutil.copy(name.folder(done) / file, intent.staged(outputs, name) / file)
    erasing.ERASURE.write(outputs, intent)
    if appended:
        shutil.copy(done / ledger.LEDGER, outputs / ledger.LEDGER)
    return intent


def report_of(outputs: Path) -> VerificationReport:
    return next(report for report in verify(outputs) if report.subject == str(NAME))


def failed(outputs: Path) -> list[str]:
    return [step.name for step in report_of(outputs).steps if step.ok is not True]


@pytest.mark.parametrize("appended", [False, True])
def test_an_erasure_that_is_not_finished_holds_and_the_report_says_so(
    outputs: Path, appended: bool
) -> None:
    unfinished(outputs, appended=appended)
    assert failed(outputs) == []
    assert "is not finished" in report_of(outputs).notes[0]
    # A head is told only once it stands in the ledger.
    assert report_of(outputs).facts["ledger head"] == ledger.head(outputs / ledger.LEDGER)


def test_an_announcement_alone_explains_nothing(outputs: Path) -> None:
    """A forger takes the name out of all three files and announces the erasure: no line, no."""
    intent = unfinished(outputs, appended=False)
    for file in erasing.REPLACED:
        shutil.copy(intent.staged(outputs, NAME) / file, NAME.folder(outputs) / file)
    assert failed(outputs) == ["files", "disclosures"]


def test_the_pages_that_are_shown_until_an_erasure_is_finished_are_verified(
    outputs: Path,
) -> None:
    """Else whoever announces one could show any page while the waiting ones agree."""
    unfinished(outputs)
    folder = NAME.folder(outputs)
    for file in erasing.REPLACED:
        genuine = (folder / file).read_bytes()
        assert failed(outputs) == []
        (folder / file).write_bytes(genuine + b"\n")
        assert failed(outputs) == ["files"], file
        (folder / file).write_bytes(genuine)
    held = json.loads((folder / "disclosures.json").read_bytes())
    for change in ({"value": "Max Muster"}, {"salt": "0" * 32}):
        forged = {**held, "entries": [{**held["entries"][0], **change}, *held["entries"][1:]]}
        (folder / "disclosures.json").write_bytes(canonical(forged))
        assert failed(outputs) == ["files"], change


def test_a_signed_file_shown_until_an_erasure_is_finished_is_the_one_the_ledger_names(
    outputs: Path,
) -> None:
    given = {"words": SigningWords("Unterschrift {number}"), "created": WHEN}
    genuine = sign_record(outputs, NAME, signer().signing_key, **given).path  # type: ignore[arg-type]
    other = outputs.with_name("other")
    shutil.copytree(outputs, other)
    forged = sign_record(other, NAME, signer("Eve").signing_key, **given).path.read_bytes()  # type: ignore[arg-type]
    unfinished(outputs)
    assert failed(outputs) == []
    genuine.write_bytes(forged)
    assert failed(outputs) == ["files"]
    genuine.unlink()
    assert failed(outputs) == []


def test_a_signed_file_added_during_an_erasure_is_seen(outputs: Path) -> None:
    unfinished(outputs)
    (NAME.folder(outputs) / "record.signed.pdf").write_bytes(b"%PDF-1.7 forged")
    assert failed(outputs) == ["files"]


def test_an_announcement_that_the_ledger_has_moved_past_is_refused(outputs: Path) -> None:
    lines = (outputs / ledger.LEDGER).read_bytes()
    done = erased(outputs)
    intent = erasing.ErasingIntent(staging=".erased-00.part", lines=done.lines)
    (outputs / ledger.LEDGER).write_bytes(lines)
    seal_sample(outputs, findings=[{"id": "other"}])
    erasing.ERASURE.write(outputs, intent)
    with pytest.raises(RecordError, match="changed since"):
        erased(outputs, "/assessment/roles/1/person")


@pytest.mark.parametrize("staging", ["../..", ".erased-00.part/../..", "voicebot"])
def test_an_announcement_cannot_point_at_another_folder(outputs: Path, staging: str) -> None:
    line = json.loads((outputs / ledger.LEDGER).read_bytes().splitlines()[-1])
    forged = {"schema": "impactbook/erasing-intent/1", "staging": staging, "lines": [line]}
    (outputs / erasing.ERASING).write_bytes(canonical(forged))
    with pytest.raises(RecordError, match="cannot be read"):
        erased(outputs)
    assert (outputs / "voicebot/1.0.0/record.json").exists()


def test_a_digest_over_the_value_goes_from_records_that_do_not_hold_the_value(
    tmp_path: Path,
) -> None:
    """A sign-off that is stale names the content of an earlier version, with the name in it."""
    outputs, digest = tmp_path / "outputs", "c" * 64
    people = [{"role": "owner", "person": NAMES[0]}, {"role": "oversight", "person": NAMES[1]}]
    renamed = [{**people[0], "person": "Erika Neumann"}, people[1]]
    marked = ("/assessment/signoffs/0/digest",)
    for roles in (people, renamed):
        seal_sample(outputs, internal=marked, findings=[{"id": roles[0]["person"][7:]}],
                    assessment={"roles": roles, "signoffs": [{"digest": digest}]})  # fmt: skip
    done = erased(outputs)
    assert [(line.version, line.fields) for line in done.lines] == [
        ("1.0.0", (FIELD, *marked)),
        ("1.1.0", marked),
    ]
    assert list(still_there(outputs, digest)) == []
    assert all(report.holds for report in verify(outputs))


def test_what_is_left_cannot_confirm_a_guess_of_the_value(outputs: Path) -> None:
    """The sealed digest needs the salt; it went with the entry, from every file."""
    entry = read_disclosures(outputs, "voicebot", "1.0.0").entries[0]
    sealed = read_record(outputs, "voicebot", "1.0.0")["assessment"]["roles"][0]["person"]
    assert sealed["sealed"] == seal_value(NAMES[0], entry.salt)
    erased(outputs)
    assert sealed["sealed"] != sha256(canonical(NAMES[0]))
    for path, content in files_below(outputs).items():
        assert entry.salt.encode() not in content, path
