"""The routes of rules, and of their simulation."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from pixel.foundation.clock import from_iso
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.http.field_checks import wrong_type
from pixel.http.query import QueryParameters
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.links.models import Instant
from pixel.links.rules import NewRule, RuleChanges, SimulatedRequest
from pixel.links.rules_fields import NOT_AVAILABLE
from pixel.links.rules_store import RuleStore
from pixel.redirects.simulating import simulate
from pixel.smart_links import paging
from pixel.smart_links.bodies import create_once, read_model, read_object, read_within
from pixel.smart_links.failures import api_errors
from pixel.smart_links.link_routes import NOUN as LINK
from pixel.smart_links.link_routes import link_store
from pixel.smart_links.link_shape import domain_of_links
from pixel.smart_links.names import camel_case, moment_as_written
from pixel.workspaces.models import InvalidFieldsError, RecordModel, text

NOUN = "rule"
_AS_STORED = (
    *("name", "description", "destination_url", "destinations", "conditions", "condition_logic"),
    *("priority", "enabled", "timezone", "sticky"),
)
_MOMENTS = ("starts_at", "ends_at", "created_at", "updated_at")


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong_type("must be an object.")
    return value


class Simulation(RecordModel):
    """A question where a link would lead a visit, and when; without `at`, now."""

    link_id: Annotated[str, BeforeValidator(text)]
    at: Instant | None = None
    request: Annotated[dict[str, Any], BeforeValidator(_object)] = Field(default_factory=dict)


def list_rules(request: Request) -> Response:
    parameters = QueryParameters(request.query, {*paging.PARAMETERS, "linkId", "enabled"})
    page = paging.read_page(parameters)
    link_id = parameters.non_empty_text("linkId")
    enabled = parameters.choice("enabled", ("true", "false"))
    parameters.raise_faults()
    found = _store(request).list_rules(
        request.caller.workspace_id,
        link_id=link_id,
        enabled=None if enabled is None else enabled == "true",
        offset=page.offset,
        limit=page.limit,
    )
    return page.response(map(shown_rule, found.rules), found.total)


def create_rule(request: Request) -> Response:
    store, workspace_id = _store(request), request.caller.workspace_id
    body = read_object(request)
    new = _read_rule(NewRule, body)
    with api_errors(LINK):
        created = create_once(
            request,
            NOUN,
            body,
            create=lambda also: store.create_rule(workspace_id, new, also=also),
            find=lambda rule_id: store.find_rule(workspace_id, rule_id),
        )
    return created.response(shown_rule(created.item))


def get_rule(request: Request) -> Response:
    with api_errors(NOUN):
        return Response(shown_rule(_store(request).find_rule(request.caller.workspace_id, request.path["ruleId"])))


def update_rule(request: Request) -> Response:
    changes = _read_rule(RuleChanges, read_object(request))
    with api_errors(NOUN):
        rule = _store(request).update_rule(request.caller.workspace_id, request.path["ruleId"], changes)
    return Response(shown_rule(rule))


def delete_rule(request: Request) -> Response:
    with api_errors(NOUN):
        deletion = _store(request).delete_rule(request.caller.workspace_id, request.path["ruleId"])
    return Response({"id": deletion.item["id"], "deleted": True})


def simulate_rules(request: Request) -> Response:
    asked = read_model(Simulation, read_object(request))
    visit = read_within("request", SimulatedRequest, asked.request).given()
    store = link_store(request.caller)
    with api_errors(LINK):
        compiled = store.find_compiled(request.caller.workspace_id, asked.link_id)
    at = None if asked.at is None else from_iso(asked.at).timestamp()
    found = simulate(compiled, visit, host=domain_of_links(), at=at)
    return Response(
        {
            "outcome": found.outcome,
            "ruleId": found.rule_id,
            "destinationUrl": found.destination_url,
            "evaluated": [
                {"ruleId": one.rule_id, "matched": one.matched, "because": one.because} for one in found.evaluated
            ],
        }
    )


def shown_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule with the names and values that callers read."""
    return {
        "id": rule["id"],
        "linkId": rule["link_id"],
        **{camel_case(name): rule.get(name) for name in _AS_STORED},
        **{camel_case(name): moment_as_written(rule.get(name)) for name in _MOMENTS},
    }


def _read_rule[Model: RecordModel](model: type[Model], body: Mapping[str, Any]) -> Model:
    """Return the body as a model. Raises `feature_not_available` if only places are wrong that nobody here knows."""
    try:
        return read_model(model, body)
    except InvalidFieldsError as failure:
        if {fault.code for fault in failure.faults} == {NOT_AVAILABLE}:
            raise ApiError(ErrorCode.FEATURE_NOT_AVAILABLE, details={"feature": "edge"}) from None
        raise


def _store(request: Request) -> RuleStore:
    return RuleStore(link_store(request.caller))
