"""What looks for weaknesses looks at everything, and each exception has a reason."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.contracts.requirement_files import named_in, pins_in
from tests.template import document
from tests.template.document import ROOT

_CHECKOV = (ROOT / ".checkov.yaml").read_text()
_MAKEFILE = (ROOT / "Makefile").read_text()
_REQUIREMENTS = (ROOT / "requirements", ROOT / "layers" / "common")
_REASON_CHARACTERS_MIN = 20

# In pieces, so that this file is no finding of its own.
_SECRETS = {
    "an AWS access key": r"(?:AKIA|ASIA|AROA)[0-9A-Z]{16}",
    "an AWS secret key": r"aws_secret_access_key\W{1,4}[0-9A-Za-z/+]{40}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE " + "KEY-----",
    "a token of Tinybird": r"\bp\.eyJ[0-9A-Za-z_-]{20,}\.[0-9A-Za-z_-]{20,}",
    "a signed token": r"\beyJ[0-9A-Za-z_-]{15,}\.eyJ[0-9A-Za-z_-]{15,}\.[0-9A-Za-z_-]{20,}",
    "an API key of ours": r"pixel_(?:live|test)_[0-9A-Za-z]{49}\b",
    "a token of GitHub": r"\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{60,})",
    "a webhook of Slack": r"hooks\.slack\.com/services/T[0-9A-Z]{6,}/B[0-9A-Z]{6,}/[0-9A-Za-z]{20,}",
    "a password in an address": r"\b[a-z][a-z+]{2,}://[^\s/:@{}\"'<>]+:[^\s/@{}\"'<>]{6,}@[a-z0-9-]+\.[a-z]{2,}",
}
_KNOWN = ("pixel_test_0123456789ABC", "https://user:secret@example.com")
"""What tests and events write down: it opens nothing."""

_EXAMPLES = {
    "an AWS access key": "AKIA" + "IOSFODNN7EXAMPLE",
    "an AWS secret key": "aws_secret_access_key = " + "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY",
    "a private key": "-----BEGIN RSA PRIVATE " + "KEY-----",
    "a token of Tinybird": "p." + "eyJ1IjogIjExMTEtMjIyMi0zMzMzIn0" + ".c2lnbmF0dXJlLW9mLW5vYm9keQ",
    "a signed token": "eyJhbGciOiJIUzI1NiJ9" + ".eyJ3b3Jrc3BhY2VfaWQi" + ".c2lnbmF0dXJlLW9mLW5vYm9keQ",
    "an API key of ours": "pixel_" + "live_" + "a" * 49,
    "a token of GitHub": "ghp_" + "a" * 36,
    "a webhook of Slack": "https://hooks.slack.com" + "/services/T12345678/B12345678/" + "a" * 24,
    "a password in an address": "https" + "://somebody:correct-horse@example.com/",
}


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name]


@pytest.mark.parametrize("kind", _SECRETS)
def test_a_secret_would_be_found(kind: str) -> None:
    assert re.search(_SECRETS[kind], f"x = '{_EXAMPLES[kind]}'")


def test_no_tracked_file_holds_a_secret() -> None:
    files = {path: path.read_text(errors="replace") for path in _tracked() if path.is_file()}
    found = [
        (kind, str(path))
        for kind, shape in _SECRETS.items()
        for path, text in files.items()
        for match in re.finditer(shape, text)
        if not match[0].startswith(_KNOWN)
    ]

    assert len(files) > 100
    assert found == []


def _reasons(text: str) -> dict[str, str]:
    """Return the entries of a list of exceptions, with the comment of each line."""
    return dict(re.findall(r"^  - (\w+) # (.+)$", text, re.MULTILINE))


@pytest.mark.parametrize(("file", "key"), [(".checkov.yaml", "skip-check"), (".cfnlintrc", "ignore_checks")])
def test_each_exception_has_a_reason(file: str, key: str) -> None:
    text = (ROOT / file).read_text()
    reasons = _reasons(text)

    assert reasons.keys() == set(yaml.safe_load(text)[key])
    assert all(len(reason) >= _REASON_CHARACTERS_MIN for reason in reasons.values())


def test_an_exception_of_one_resource_has_its_reason_beside_it() -> None:
    lines = [line for template in document.TEMPLATES for line in document.text(template).splitlines()]
    excepted = [number for number, line in enumerate(lines) if "ignore_checks" in line]

    assert excepted
    assert [lines[number] for number in excepted if "#" not in lines[number] + lines[number - 1]] == []


def test_every_check_looks_for_secrets_and_at_the_template_with_the_serverless_rules() -> None:
    (recipe,) = re.findall(r"^check: .*\n((?:\t.*\n)+)", _MAKEFILE, re.MULTILINE)

    assert f"tests/contracts/{Path(__file__).name}" in recipe
    assert "cfn-lint --append-rules cfn_lint_serverless.rules -- template.yaml stacks/*.yaml" in recipe


def test_checkov_reads_the_templates_and_every_workflow() -> None:
    workflows = {str(path.relative_to(ROOT)) for path in (ROOT / ".github" / "workflows").glob("*.yml")}

    assert set(yaml.safe_load(_CHECKOV)["file"]) == {*document.TEMPLATES, *workflows}


def test_what_is_shipped_and_what_tests_run_on_is_looked_up_and_may_stop_a_deployment() -> None:
    assert _audited("AUDITED") == ["layers/common/requirements.txt", "requirements/dev.txt"]


def test_every_file_of_requirements_is_looked_up() -> None:
    pinned = {str(path.relative_to(ROOT)) for folder in _REQUIREMENTS for path in folder.glob("*.txt")}

    assert {*_audited("AUDITED"), *_audited("AUDITED_TOOLS")} == pinned


def _audited(variable: str) -> list[str]:
    (files,) = re.findall(rf"^{variable} := (.+)$", _MAKEFILE, re.MULTILINE)
    return str(files).split()


def test_the_tools_are_pinned_and_hashed() -> None:
    pins = pins_in(ROOT / "requirements" / "audit.txt")

    assert named_in(ROOT / "requirements" / "audit.in") <= pins.keys()
    assert {name for name, pin in pins.items() if not pin.version or not pin.hashes} == set()
