"""A bad key is denied in the words of the face that the route belongs to, after no more reads than elsewhere."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.authorizer.handler import handler
from pixel.auth import keys
from pixel.foundation.clock import now
from tests.conftest import IssuedKey
from tests.routes.gateway import asking

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")

_ROUTES = ("/api/v1/events", "/api/v1/events/purchase", "/api/v1/analytics")


def _context(resource: str, header: str | None) -> dict[str, Any]:
    headers = {} if header is None else {"Authorization": header}
    policy = handler({**asking(headers), "resource": resource}, None)
    context: dict[str, Any] = policy["context"]
    return context


def test_every_reason_is_unauthorized_and_the_message_says_which(issue_key: Callable[..., IssuedKey]) -> None:
    revoked, expired = issue_key(revoked_at=now()), issue_key(expires_at=now() - timedelta(days=1))
    reasons = {
        None: ("missing_authorization", "The Authorization header is missing; send Authorization: Bearer <api key>."),
        "Basic eDp5": (
            "invalid_authorization_format",
            "The Authorization header is malformed; send Authorization: Bearer <api key>.",
        ),
        f"Bearer {keys.generate()}": (
            "invalid_api_key",
            "Unknown API key; check that it is complete and belongs to this deployment.",
        ),
        f"Bearer {revoked.key}": (
            "api_key_revoked",
            "This API key was revoked; use another one or ask the operator for a new one.",
        ),
        f"Bearer {expired.key}": ("api_key_expired", "This API key has expired; ask the operator for a new one."),
    }

    for resource in _ROUTES:
        for header, (code, message) in reasons.items():
            assert _context(resource, header) == {
                "error_code": "UNAUTHORIZED",
                "error_message": message,
                "error_docs": code,
            }
    assert _context("/api/v1/eventsourcing", None)["error_code"] == "missing_authorization"  # no path of the face
    assert _context("/api/v1/pixel/events", None)["error_code"] == "missing_authorization"


def test_a_key_brings_its_website_its_kind_and_its_limits_by_one_read(
    issue_key: Callable[..., IssuedKey], sent: list[str]
) -> None:
    issued = issue_key(
        scopes=("site:read", "site:write"), website_ids=("admx_1",), limits={"ingest": (2000, 60), "read": (5, 1)}
    )
    sent.clear()

    context = _context(_ROUTES[0], f"Bearer {issued.key}")

    assert sent == ["GetItem"]
    assert (context["website_ids"], context["kind"], context["limits"], context["scopes"]) == (
        "admx_1",
        "secret",
        "ingest=2000/60 read=5/1",
        "site:read site:write",
    )
