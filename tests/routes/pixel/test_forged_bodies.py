"""Whatever a body is, the answer is no 5xx, and no row is of a website other than the key's.

`FORGED_BODIES=10000`, as `make forged` sets it, tries that many.
"""

from itertools import islice
from typing import TYPE_CHECKING

import pytest

from pixel.foundation import observability
from tests.conftest import Frozen
from tests.routes.pixel.browsers import add_key, add_website, post, queued
from tests.routes.pixel.forged import forged_bodies
from tests.thorough import depth

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

_BODIES = depth("FORGED_BODIES", usual=300, thorough=3000)
_OFTEN = 250
_DATASOURCES = {"pageviews", "custom_goals", "visitor_payments", "engagements", "identities"}


@pytest.mark.timeout(3600)
def test_no_body_fails_or_reaches_another_website(
    tables: "DynamoDBServiceResource", frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[str] = []
    monkeypatch.setattr(observability.logger, "error", lambda message, **_: failures.append(message))
    limits = {"collect": [1_000_000, 60], "address": [1_000_000, 60]}
    owners = {"admx_1": "ws_1", "admx_2": "ws_2", "admx_3": "ws_2"}
    for website_id, workspace_id in owners.items():
        pixel = {"mode": "cookie"} if website_id == "admx_3" else {}
        add_website(tables, website_id, workspace_id, pixel=pixel)
    keys = [add_key(website_id, owner, payments=True, limits=limits)[0] for website_id, owner in owners.items()]
    rows = accepted = 0
    for website_id, key in zip(owners, keys, strict=True):
        for number, body in enumerate(islice(forged_bodies(7, (key,)), _BODIES // len(keys))):
            reply = post("", body=body)
            assert reply.status < 500, body
            accepted += reply.body["data"]["accepted"] if reply.status == 202 else 0
            if number % _OFTEN == _OFTEN - 1 or number == _BODIES // len(keys) - 1:
                found = queued()
                rows += len(found)
                assert {row.datasource for row in found} <= _DATASOURCES
                assert {row.columns["website_id"] for row in found} <= {website_id}
                assert {row.columns["workspace_id"] for row in found} <= {owners[website_id]}
        rows += len(queued())

    assert failures == []
    assert rows == accepted > _BODIES // 8
