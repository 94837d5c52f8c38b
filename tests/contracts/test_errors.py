"""The error table, the gateway responses and the docs say the same."""

import json
import re
from typing import Any

import pytest

from pixel.foundation.errors import ERRORS, ErrorDefinition
from tests.contracts.source_files import FUNCTIONS, LAYER, attributes_of
from tests.template import document
from tests.template.document import ROOT

_ROWS = {error.code: error for error in ERRORS.values()}
_OF_AUTHORIZER = "ACCESS_DENIED"
"""Its code and message come from the authorizer, which takes them from the table itself."""

_FIXED = sorted(document.gateway_responses().keys() - {_OF_AUTHORIZER})


def _error(response_type: str) -> dict[str, Any]:
    template = document.gateway_responses()[response_type]["ResponseTemplates"]["application/json"]
    error: dict[str, Any] = json.loads(template)["error"]
    return error


@pytest.mark.parametrize("response_type", _FIXED)
def test_a_gateway_response_has_a_code_of_the_table(response_type: str) -> None:
    assert _error(response_type)["code"] in _ROWS


@pytest.mark.parametrize("response_type", [name for name in _FIXED if not name.startswith("DEFAULT_")])
def test_a_gateway_response_has_the_status_of_its_code(response_type: str) -> None:
    row = _ROWS[_error(response_type)["code"]]

    assert document.gateway_responses()[response_type]["StatusCode"] == row.status


@pytest.mark.parametrize("response_type", _FIXED)
def test_a_gateway_response_has_the_sentence_of_its_code(response_type: str) -> None:
    """A sentence with placeholders cannot be filled in a template: there it is written anew."""
    error = _error(response_type)
    message = _ROWS[error["code"]].message

    assert error["message"] == message or ("{" in message and "{" not in error["message"])


def test_denials_of_the_authorizer_are_401_as_their_codes_are() -> None:
    codes = {name for name in attributes_of(LAYER / "auth" / "authorizer.py", "ErrorCode") if name in ERRORS}

    assert codes
    assert {ERRORS[code].status for code in codes} == {document.gateway_responses()[_OF_AUTHORIZER]["StatusCode"]}


def test_every_code_can_be_met() -> None:
    sources = [path for path in LAYER.rglob("*.py") if path.name != "errors.py"]
    sources += [folder / "handler.py" for folder in FUNCTIONS]
    in_code = {ERRORS[name].code for path in sources for name in attributes_of(path, "ErrorCode") if name.isupper()}
    in_template = {_error(response_type)["code"] for response_type in _FIXED}

    assert _ROWS.keys() - in_code - in_template == set()


def test_the_docs_have_one_heading_for_each_code_and_no_other() -> None:
    headings = re.findall(r"^## (.+)$", _docs(), re.MULTILINE)

    assert headings == list(_ROWS)


@pytest.mark.parametrize("error", ERRORS.values())
def test_the_docs_name_the_status_of_a_code_first(error: ErrorDefinition) -> None:
    assert re.search(rf"^## {error.code}\n\nHTTP {error.status}\b", _docs(), re.MULTILINE)


def _docs() -> str:
    return (ROOT / "docs" / "errors.md").read_text()
