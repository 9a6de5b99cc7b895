"""`sign` and `verify` from the command line: levels, what is required, and exit codes."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "records"))
from record_samples import FEATURE, seal_versions
from signing_samples import authority, signer, time_service, write_party

from impactbook.cli.app import run_app
from impactbook.records import head

SETTINGS = 'schema = "impactbook/workspace/1"\n\n[signing]\ntrust_roots = ["trust/ca.pem"]\n'


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with two sealed records, a trusted authority, and keys outside of it."""
    root = tmp_path / "w"
    (root / "trust").mkdir(parents=True)
    write_party(root / "trust", "ca.pem", authority())
    (root / "impactbook.toml").write_text(SETTINGS)
    seal_versions(root / "outputs", 2)
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "owner.p12").write_bytes(signer("Owner").pkcs12("right"))
    (keys / "officer.pem").write_bytes(signer("Officer").key_pem())
    (keys / "officer.crt").write_bytes(signer("Officer").pem)
    (keys / "forger.p12").write_bytes(signer("Owner", "Forger").pkcs12())
    return root


def impactbook(root: Path, *arguments: str | Path) -> int:
    return run_app(["--workspace", str(root), *map(str, arguments)])


def test_signing_twice_and_verifying_names_both_and_the_level(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = workspace.parent / "keys"
    monkeypatch.setenv("IMPACTBOOK_PASSPHRASE", "right")
    assert (
        impactbook(workspace, "sign", FEATURE, "--key", keys / "owner.p12", "--reason", "ok") == 0
    )
    assert (
        "signature 1 stands in outputs/voicebot/1.1.0/record.signed.pdf" in capsys.readouterr().out
    )
    officer = ["--key", keys / "officer.pem", "--cert", keys / "officer.crt"]
    assert impactbook(workspace, "sign", f"{FEATURE}@1.1.0", *officer) == 0
    capsys.readouterr()
    assert impactbook(workspace, "verify", f"{FEATURE}@1.1.0", "--require", "signed") == 0
    said = capsys.readouterr().out
    assert "result: holds, level signed" in said
    assert "Owner (trusted" in said
    assert "Officer (trusted" in said
    assert "reason: ok" in said
    assert impactbook(workspace, "verify", FEATURE, "--require", "signed") == 1
    assert "NOT ENOUGH, level consistent, and signed was required" in capsys.readouterr().out


def test_a_wrong_pass_phrase_is_one_sentence_and_stands_nowhere(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPACTBOOK_PASSPHRASE", "wrong-pass-phrase")
    key = workspace.parent / "keys" / "owner.p12"
    assert impactbook(workspace, "sign", FEATURE, "--key", key) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "wrong-pass-phrase" not in said.out + said.err
    for path in workspace.parent.rglob("*"):
        assert not path.is_file() or b"wrong-pass-phrase" not in path.read_bytes()


def test_without_anybody_to_ask_a_pass_phrase_is_demanded(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IMPACTBOOK_PASSPHRASE", raising=False)
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: PTH123, SIM115
    assert impactbook(workspace, "sign", FEATURE, "--key", workspace.parent / "keys/owner.p12") == 2
    assert "set IMPACTBOOK_PASSPHRASE" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("target", "code"), [("none", 2), (f"{FEATURE}@9.0.0", 2), ("Not An Id", 2)]
)
def test_what_does_not_exist_cannot_be_signed(workspace: Path, target: str, code: int) -> None:
    key = workspace.parent / "keys" / "forger.p12"
    assert impactbook(workspace, "sign", target, "--key", key) == code


def test_a_key_in_the_workspace_is_warned_of(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = shutil.copy(workspace.parent / "keys" / "forger.p12", workspace / "key.p12")
    assert impactbook(workspace, "sign", FEATURE, "--key", inside) == 0
    assert "keep it elsewhere" in capsys.readouterr().err


def test_a_strangers_signature_holds_no_more_than_consistent(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    impactbook(workspace, "sign", FEATURE, "--key", workspace.parent / "keys" / "forger.p12")
    assert impactbook(workspace, "verify", f"{FEATURE}@1.1.0") == 0
    assert "level consistent" in capsys.readouterr().out
    assert impactbook(workspace, "verify", f"{FEATURE}@1.1.0", "--require", "signed") == 1
    root = write_party(workspace.parent, "forger.pem", authority("Forger"))
    capsys.readouterr()
    assert impactbook(workspace, "verify", f"{FEATURE}@1.1.0", "--trust", root) == 0
    assert "level signed" in capsys.readouterr().out


def test_a_head_and_a_filed_pdf_from_outside_make_it_anchored_or_fail(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = workspace / "outputs"
    kept = head(outputs / "ledger.jsonl")
    filed = shutil.copy(outputs / FEATURE / "1.1.0" / "record.pdf", workspace.parent / "f.pdf")
    assert impactbook(workspace, "verify", "--head", str(kept), "--require", "anchored") == 0
    assert impactbook(workspace, "verify", "--anchor", filed, "--require", "anchored") == 0
    shutil.rmtree(outputs)
    seal_versions(outputs, 1)
    assert impactbook(workspace, "verify") == 0
    assert impactbook(workspace, "verify", "--head", str(kept)) == 1
    capsys.readouterr()
    assert impactbook(workspace, "verify", "--anchor", filed) == 1
    said = capsys.readouterr().out
    assert "15. heads from outside: FAILS (f.pdf is the PDF of voicebot@1.1.0, which" in said
    assert "DOES NOT HOLD" in said


def test_a_lone_pdf_needs_no_workspace_and_takes_no_head(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = workspace.parent / "elsewhere"
    elsewhere.mkdir()
    impactbook(workspace, "sign", FEATURE, "--key", workspace.parent / "keys" / "forger.p12")
    made = workspace / "outputs" / FEATURE / "1.1.0" / "record.signed.pdf"
    lone = shutil.copy(made, elsewhere / "lone.pdf")
    root = write_party(elsewhere, "forger.pem", authority("Forger"))
    assert impactbook(elsewhere, "verify", lone) == 0
    assert "NOT trusted: no trust root is configured" in capsys.readouterr().out
    assert impactbook(elsewhere, "verify", lone, "--trust", root, "--require", "signed") == 0
    assert impactbook(elsewhere, "verify", lone, "--head", "a" * 64) == 2
    assert "name the record instead" in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--head", "abc"], ["--anchor", "none.pdf"], ["--trust", "none"],
                                    ["--require", "sure"]])  # fmt: skip
def test_what_is_typed_wrongly_is_exit_code_2(workspace: Path, option: list[str]) -> None:
    assert impactbook(workspace, "verify", *option) == 2


def test_a_configured_service_stamps_signature_and_head(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = workspace / "impactbook.toml"
    with time_service() as service:
        settings.write_text(SETTINGS + f'time_stamp_service = "{service}"\n')
        key = workspace.parent / "keys" / "officer.pem"
        certificate = workspace.parent / "keys" / "officer.crt"
        assert impactbook(workspace, "sign", FEATURE, "--key", key, "--cert", certificate) == 0
    assert len(list((workspace / "outputs" / "ledger.timestamps").iterdir())) == 1
    # The service is gone; what it stamped stays provable without it.
    assert impactbook(workspace, "verify", f"{FEATURE}@1.1.0", "--require", "time-stamped") == 0
    assert "level time-stamped" in capsys.readouterr().out


def test_a_root_that_is_missing_is_told_with_the_settings_name(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "trust" / "ca.pem").unlink()
    assert impactbook(workspace, "verify") == 2
    assert "signing.trust_roots" in capsys.readouterr().err


def test_a_service_must_be_an_address(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "impactbook.toml").write_text(SETTINGS + 'time_stamp_service = "file:///x"\n')
    assert impactbook(workspace, "verify") == 2
    assert "time_stamp_service" in capsys.readouterr().err
