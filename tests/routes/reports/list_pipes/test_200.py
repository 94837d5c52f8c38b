"""GET /pipes describes them as this API takes them."""

import pytest

from functions.reports.list_pipes.handler import handler
from pixel.auth.caller import Caller
from pixel.reports.pipe_query import caller_parameters
from pixel.tinybird.catalogue import catalogue
from tests.routes.asked_reports import asking, fields_of
from tests.routes.gateway import send

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")


def test_all_pipes_with_parameters_and_columns(caller: Caller) -> None:
    reply = send(handler, asking("list_pipes", caller, {}))

    assert reply.status == 200
    assert [pipe["name"] for pipe in reply.body["data"]] == sorted(catalogue())
    assert len(reply.body["data"]) == 23
    for pipe in reply.body["data"]:
        assert pipe.keys() == {"name", "description", "parameters", "columns"}
        assert pipe["columns"]
        for parameter in pipe["parameters"]:
            assert parameter.keys() == {"name", "type", "required", "default", "description"}


def test_a_caller_may_send_exactly_what_is_listed(caller: Caller) -> None:
    reply = send(handler, asking("list_pipes", caller, {}))

    for pipe in reply.body["data"]:
        names = [parameter["name"] for parameter in pipe["parameters"]]
        known = catalogue()[pipe["name"]]
        dates = {"from", "to"} if known.takes_dates else set()
        assert set(names) == caller_parameters(known) | dates
        assert not {"workspace_id", "date_from", "date_to", "before", "external_id_hash"} & set(names)
        assert [parameter["required"] for parameter in pipe["parameters"]] == sorted(
            (parameter["required"] for parameter in pipe["parameters"]), reverse=True
        )


def test_a_parameter_is_unknown(caller: Caller) -> None:
    assert fields_of(send(handler, asking("list_pipes", caller, {}, {"name": "p_geo"}))) == {"name": "unknown"}


def test_the_list_costs_the_counter_alone(caller: Caller, sent: list[str]) -> None:
    send(handler, asking("list_pipes", caller, {}))

    assert sent == ["UpdateItem"]
