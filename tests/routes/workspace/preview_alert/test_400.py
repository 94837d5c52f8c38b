"""POST /alerts/preview refuses what no alert could be, and how many windows it does not look at."""

from typing import Any

import pytest

from tests.routes.workspace.managed import Client, client_of, error_of, new_website

pytestmark = pytest.mark.usefixtures("tables", "output", "no_sleep")


@pytest.fixture
def client(tables: object) -> Client:
    return client_of()


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, [("website_id", "missing"), ("metric", "missing"), ("threshold", "missing")]),
        ({"metric": "visitors", "threshold": 1, "windows": 0}, [("windows", "invalid")]),
        ({"metric": "visitors", "threshold": 1, "windows": 169}, [("windows", "invalid")]),
        ({"metric": "visitors", "threshold": 1, "windows": "7"}, [("windows", "wrong_type")]),
        ({"metric": "visitors", "kind": "anomaly", "threshold": 9}, [("threshold", "invalid")]),
        ({"metric": "visitors", "threshold": 1, "window": "2h"}, [("window", "invalid")]),
    ],
)
def test_what_is_wrong_is_said(client: Client, body: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    given = {"website_id": new_website(client), **body} if body else body

    error = error_of(client.send("preview_alert", body=given), 400)

    assert error["code"] == "invalid_body"
    assert [(fault["path"], fault["code"]) for fault in error["details"]["fields"]] == faults


def test_a_body_that_is_no_object_is_refused(client: Client) -> None:
    assert error_of(client.send("preview_alert", body=["a"]), 400)["code"] == "invalid_body"
