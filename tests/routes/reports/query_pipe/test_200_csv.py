"""GET /query/{pipe} gives the rows as CSV where `format=csv` or the Accept header asks for it."""

import csv
import io

import pytest

from functions.reports.query_pipe.handler import handler
from pixel.auth.caller import Caller
from pixel.foundation import JsonObject
from tests.local.tinybird.running import StandIn
from tests.routes.asked_reports import add_pageviews, asking
from tests.unit.foundation.misbehaving_server import answer, running

pytestmark = pytest.mark.usefixtures("output")


def _ask(caller: Caller, pipe: str, accept: str | None = None, **query: str) -> JsonObject:
    event = asking("query_pipe", caller, {"pipe": pipe}, query)
    event["multiValueHeaders"] = {"Accept": [accept]} if accept else {}
    return handler(event, None)


def test_rows_stand_below_the_names_of_their_columns(caller: Caller, warehouse: StandIn) -> None:
    caller = caller._replace(workspace_id="ws_csv")
    add_pageviews(warehouse, "ws_csv", "admx_csv", '/a,"b"', "/ü", "/ü")

    response = _ask(caller, "p_top_pages", format="csv")

    assert response["statusCode"] == 200
    assert response["headers"]["Content-Type"] == "text/csv; charset=utf-8"
    assert response["headers"]["Cache-Control"] == "no-store"
    assert response["headers"]["X-RateLimit-Remaining"] == "59"
    assert response["body"] == (
        'path,visitors,pageviews,entrances,exits,bounce_rate\r\n/ü,1,2,0,1,0\r\n"/a,""b""",1,1,1,0,0\r\n'
    )
    assert list(csv.reader(io.StringIO(response["body"], newline="")))[2][0] == '/a,"b"'


@pytest.mark.usefixtures("warehouse")
def test_a_report_without_rows_has_its_header(caller: Caller) -> None:
    caller = caller._replace(workspace_id="ws_csv_without_rows")

    assert _ask(caller, "p_devices", format="csv")["body"] == "device,visitors,pageviews\r\n"


def test_no_number_changes_on_its_way(caller: Caller, warehouse: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    assert warehouse.url
    body = (
        b'{"meta":[{"name":"n"},{"name":"list"},{"name":"none"}],"data":[{"n":12345678901234567.8900,'
        b'"list":[["EUR",1e-9],["\xc3\xbc",-0.10]],"none":null}],"rows":1,"statistics":{}}'
    )
    with running() as server:
        server.will(answer(body, crc=None))
        monkeypatch.setenv("PIXEL_TINYBIRD_URL", server.url)

        text = _ask(caller, "p_geo", format="csv")["body"]

    assert text == 'n,list,none\r\n12345678901234567.8900,"[[""EUR"",1e-9],[""ü"",-0.10]]",\r\n'


@pytest.mark.usefixtures("warehouse")
def test_the_header_accept_decides_where_the_query_does_not(caller: Caller) -> None:
    given = {
        None: "application/json",
        "*/*": "application/json",
        "application/json, text/csv": "application/json",
        "text/html, application/xml;q=0.9, */*;q=0.8": "application/json",
        "text/csv;q=nonsense": "application/json",
        "text/csv": "text/csv; charset=utf-8",
        "TEXT/CSV; header=present": "text/csv; charset=utf-8",
        "application/json;q=0.5, text/csv;q=0.6": "text/csv; charset=utf-8",
        "text/csv, */*;q=0.1": "text/csv; charset=utf-8",
    }

    found = {accept: _ask(caller, "p_geo", accept)["headers"]["Content-Type"] for accept in given}

    assert found == given
    assert _ask(caller, "p_geo", "text/csv", format="json")["headers"]["Content-Type"] == "application/json"


@pytest.mark.usefixtures("warehouse")
def test_an_error_stays_json(caller: Caller) -> None:
    response = _ask(caller, "p_geo", "text/csv", level="planet")

    assert (response["statusCode"], response["headers"]["Content-Type"]) == (400, "application/json")
