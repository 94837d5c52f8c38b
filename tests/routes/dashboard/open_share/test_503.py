"""Without the secret that signs sessions there are no dashboards."""

from typing import TYPE_CHECKING

import pytest

from pixel.foundation import container
from tests.conftest import Output
from tests.routes.dashboard.dashboards import open_link, share

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("no_sleep")


def test_an_operator_is_told_what_to_do(
    tables: "DynamoDBServiceResource", output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = share(tables)
    monkeypatch.setenv("PIXEL_SECRETS_PATH", "/pixel/another")
    container.forget_all()

    reply = open_link(link.token)

    assert (reply.status, reply.body["error"]["code"]) == (503, "dashboard_unavailable")
    (line,) = output.logged("dashboards are not configured")
    assert "viewer-secret" in line["reason"]
