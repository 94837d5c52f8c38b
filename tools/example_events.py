"""Write events/<function>.json for each route, the event that API Gateway sends to its function.

`make docs` runs it. Method, path and authorization come from the template, parameters and bodies from SAMPLES; a route
without them needs no entry. Events of functions without a route are written by hand.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from pixel.workspaces.share_link_kind import SHARE_LINK
from tools.marked_blocks import write_if_changed
from tools.openapi import analytics_operations, label_operations, link_operations, pixel_operations, rule_operations
from tools.openapi.alert_fields import PREVIEW_EXAMPLE
from tools.openapi.records import EXAMPLES, RULES
from tools.openapi.routes import Route, all_routes

FOLDER = Path(__file__).resolve().parents[1] / "events"

_STAGE = "live"
_HOST = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"
_SOURCE_IP = "203.0.113.24"
_USER_AGENT = "curl/8.11.0"
# A key with a valid checksum, stored only in the tables of tests and of `sam local`.
_KEY = "pixel_test_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg2YQhva"
_FROM_AUTHORIZER: dict[str, Any] = {
    "workspace_id": "ws_demo",
    "key_id": "key_demo",
    "name": "Backend",
    "scopes": "pixel:read pixel:write",
    "rate_limit": "60",
    "expires_at": "",
    "website_ids": "*",
    "limits": "",
    "kind": "secret",
    "principalId": "key_demo",
    "integrationLatency": 41,
}
_SHARE_TOKEN = "share_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg"
_LINK_ID = "link_mx0roj4hz46vgxhf858b"
_IN_PATH = {
    "pipe": "p_top_pages",
    "id": "visitor%2F42",
    "token": _SHARE_TOKEN,
    "file": "app.0123456789ab.js",
    "linkId": _LINK_ID,
    "ruleId": "rule_mx0roj4hz46vgxhf858b",
    **label_operations.sample_ids(),
    "report": "timeseries",
}
"""A value for each path parameter, as it is sent."""


class Sample(NamedTuple):
    query: Mapping[str, str] = {}
    body: str | None = None
    headers: Mapping[str, str] = {}
    record_id: str = ""  # in place of the value for `id` in the path


def _json(body: object) -> Sample:
    return Sample(body=json.dumps(body), headers={"Content-Type": "application/json"})


_WEBSITE = {"website_id": "admx_demo"}
_FEBRUARY = {**_WEBSITE, "from": "2026-02-01", "to": "2026-02-28"}
_BATCH = (
    '{"website_id":"admx_demo","name":"pageview","url":"https://demo.example.com/pricing?utm_source=newsletter",'
    '"event_id":"pv-1"}\n{"website_id":"admx_demo","name":"custom","goal_name":"signup","visitor_id":"v_abc"}\n'
)


def _samples_of_records() -> dict[str, Sample]:
    """Return a sample for each route of one record, by function."""
    found: dict[str, Sample] = {}
    for rules in RULES:
        name, record_id = rules.kind.noun.replace(" ", "_"), f"{rules.kind.id_prefix}_demo"
        new, changes = map(_json, EXAMPLES[rules.kind.noun])
        found[f"create_{name}"] = new
        found[f"update_{name}"] = changes._replace(record_id=record_id)
        found[f"get_{name}"] = Sample(record_id=record_id)
        found[f"delete_{name}"] = Sample(record_id=f"{rules.kind.id_prefix}_obsolete")
    found["rotate_secret"] = _json({"grace_seconds": 3600})._replace(record_id="dest_demo")
    found["test_destination"] = Sample(record_id="dest_demo")
    found["send_report"] = Sample(record_id="report_demo")
    found["redeliver"] = Sample(record_id="dlv_demo")
    found["rotate_share_link"] = Sample(record_id=f"{SHARE_LINK.id_prefix}_demo")
    return found


SAMPLES = {
    "get_openapi": Sample(headers={"Accept": "application/yaml"}),
    "identify_visitor": _json(
        {**_WEBSITE, "visitor_id": "v_abc", "external_id": "jane@example.com", "traits": {"plan": "pro"}}
    ),
    "ingest_batch": Sample(body=_BATCH, headers={"Content-Type": "application/x-ndjson"}),
    "ingest_event": _json(
        {
            **_WEBSITE,
            "name": "payment",
            "visitor_id": "v_abc",
            "transaction_id": "order-1001",
            "amount": 99.0,
            "currency": "USD",
        }
    ),
    **_samples_of_records(),
    "create_key": _json({"name": "Shop", "scopes": ["pixel:write"], "website_ids": ["admx_demo"]}),
    "preview_alert": _json(PREVIEW_EXAMPLE),
    "get_event": Sample(record_id="evt_1fc2c7e1d7cc498fbe91ae74d21886e6"),
    "get_key": Sample(record_id="key_demo"),
    "update_key": _json({"name": "Backend of the shop"})._replace(record_id="key_demo"),
    "revoke_key": Sample(record_id="key_obsolete"),
    "rotate_key": _json({"grace_seconds": 3600})._replace(record_id="key_demo"),
    "collect": Sample(
        body=json.dumps(pixel_operations.EXAMPLE),
        headers={"Content-Type": "text/plain", "Origin": "https://demo.example.com", "Accept-Language": "de"},
    ),
    "open_dashboard": _json({**_WEBSITE, "ttl_seconds": 900}),
    "open_share": _json({"token": _SHARE_TOKEN}),
    "change_mail": Sample(
        body="List-Unsubscribe=One-Click", headers={"Content-Type": "application/x-www-form-urlencoded"}
    ),
    "get_share_data": Sample(
        {"panels": "summary,series", "period": "7d"}, headers={"Authorization": "Viewer e30.c2ln"}
    ),
    "infinity_event": _json(
        {
            "event_name": "user_signup",
            "metadata": {"plan": "premium", "source": "landing_page"},
            "visitor_id": "optional_visitor_id",
        }
    ),
    "infinity_purchase": _json(
        {
            "price": 2999,
            "currency": "USD",
            "product_name": "Premium Plan",
            "quantity": 1,
            "metadata": {"billing": "monthly", "category": "subscription"},
            "visitor_id": "optional_visitor_id",
            "event_id": "order-2001",
        }
    ),
    "infinity_analytics": Sample(
        {
            "start_date": "2026-01-01",
            "end_date": "2026-01-31",
            "metrics": "page_views,unique_visitors,events",
        }
    ),
    "create_link": _json(link_operations.NEW),
    "update_link": _json(link_operations.CHANGES),
    "create_links": _json({"links": [link_operations.NEW]}),
    "update_links": _json({"ids": [_LINK_ID], "data": link_operations.CHANGES}),
    "delete_links": _json({"ids": [_LINK_ID]}),
    "create_rule": _json(rule_operations.NEW),
    "update_rule": _json(rule_operations.CHANGES),
    "replace_rule": _json(rule_operations.CHANGES),
    "simulate_rules": _json(rule_operations.SIMULATION),
    "list_links": Sample({"tag": "summer", "limit": "10"}),
    "create_short": _json({"destination": "https://www.example.com/pricing", "title": "Pricing"}),
    "update_short": _json({"destination": "https://www.example.com/plans"})._replace(record_id="spring-sale"),
    "get_short": Sample(record_id="spring-sale"),
    "delete_short": Sample(record_id="obsolete-link"),
    "list_shorts": Sample({"take": "10"}),
    "get_insight": Sample({"datefrom": "2026-02-01", "dateto": "2026-02-28", "timezone": "Europe/Berlin"}),
    "search_links": Sample({"q": "summer"}),
    **{function: _json(body) for function, body in label_operations.sample_bodies().items()},
    "get_link_overview": Sample({"days": "7", "country": "DE"}),
    "get_links_report": Sample({"from": "2026-01-01", "to": "2026-01-31", "granularity": "week"}),
    "list_clicks": Sample({"days": "1", "limit": "10"}),
    "get_qr_code": Sample({"format": "png"}),
    "create_qr_code": _json(analytics_operations.NEW_QR_CODE),
    "list_keys": Sample({"live": "true"}),
    "list_alerts": Sample(_WEBSITE),
    "list_deliveries": Sample({"state": "failed"}),
    "list_goals": Sample(_WEBSITE),
    "list_reports": Sample(_WEBSITE),
    "list_share_links": Sample(_WEBSITE),
    "mint_metrics_token": Sample(_FEBRUARY),
    "mint_metrics_tokens": Sample({**_FEBRUARY, "pipes": "p_top_pages,p_geo", "fix.country": "DE"}),
    "query_pipe": Sample({**_FEBRUARY, "timezone": "Europe/Berlin", "limit": "10"}),
}


@cache
def examples() -> dict[str, str]:
    """Return the text of events/<function>.json by function, for all functions with a route."""
    return {route.function: json.dumps(_event(route), indent=2) + "\n" for route in all_routes()}


def _event(route: Route) -> dict[str, Any]:
    sample = SAMPLES.get(route.function, Sample())
    values = {**_IN_PATH, **({"id": sample.record_id} if sample.record_id else {})}
    path = re.sub(r"\{(\w+)\}", lambda match: values[match[1]], route.path)
    headers = _headers(route, sample)
    in_path = {name: values[name] for name in re.findall(r"\{(\w+)\}", route.path)}
    return {
        "resource": route.resource,
        "path": path,
        "httpMethod": route.method.upper(),
        "headers": headers,
        "multiValueHeaders": _many(headers),
        "queryStringParameters": dict(sample.query) or None,
        "multiValueQueryStringParameters": _many(sample.query) or None,
        "pathParameters": in_path or None,
        "stageVariables": None,
        "requestContext": _context(route, path),
        "body": sample.body,
        "isBase64Encoded": False,
    }


def _headers(route: Route, sample: Sample) -> dict[str, str]:
    sent = {
        "Accept": "application/json",
        **({"Authorization": f"Bearer {_KEY}"} if route.needs_key else {}),
        "Host": _HOST,
        "User-Agent": _USER_AGENT,
        "X-Amzn-Trace-Id": "Root=1-67a1f2c8-4be2d9c07f1a3b5e6d8c9f01",
        "X-Forwarded-For": _SOURCE_IP,
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
        **sample.headers,
    }
    return dict(sorted(sent.items()))


def _context(route: Route, path: str) -> dict[str, Any]:
    unknown = (
        "cognitoIdentityPoolId",
        "accountId",
        "cognitoIdentityId",
        "caller",
        "principalOrgId",
        "accessKey",
        "cognitoAuthenticationType",
        "cognitoAuthenticationProvider",
        "userArn",
        "user",
    )
    return {
        "resourceId": "kx3f2a",
        "resourcePath": route.resource,
        "httpMethod": route.method.upper(),
        "extendedRequestId": "FkT3xHq2FiAEZ9Q=",
        "requestTime": "04/Mar/2026:05:06:10 +0000",
        "path": f"/{_STAGE}{path}",
        "accountId": "123456789012",
        "protocol": "HTTP/1.1",
        "stage": _STAGE,
        "domainPrefix": _HOST.partition(".")[0],
        "requestTimeEpoch": 1772600770123,
        "requestId": str(uuid5(NAMESPACE_URL, route.function)),
        "identity": {**dict.fromkeys(unknown), "sourceIp": _SOURCE_IP, "userAgent": _USER_AGENT},
        "domainName": _HOST,
        "deploymentId": "d4k9q1",
        **({"authorizer": _from_authorizer(route)} if route.needs_key else {}),
    }


def _from_authorizer(route: Route) -> dict[str, Any]:
    """Return the context of a key that has the scope of the route."""
    if route.face.is_of_one_website:
        return {**_FROM_AUTHORIZER, "scopes": " ".join(route.face.scopes), "website_ids": _WEBSITE["website_id"]}
    if route.scope is None or route.scope in _FROM_AUTHORIZER["scopes"].split():
        return _FROM_AUTHORIZER
    return {**_FROM_AUTHORIZER, "scopes": f"{_FROM_AUTHORIZER['scopes']} {route.scope}"}


def _many(values: Mapping[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in values.items()}


if __name__ == "__main__":
    for function, text in examples().items():
        write_if_changed(FOLDER / f"{function}.json", text)
