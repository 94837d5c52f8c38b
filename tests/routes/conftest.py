"""Callers of routes."""

import pytest

from pixel.caller import Caller


@pytest.fixture
def caller() -> Caller:
    return Caller(
        workspace_id="ws_1",
        key_id="key_1",
        name="Backend",
        scopes=("pixel:read", "pixel:write"),
        rate_limit=60,
        expires_at=None,
    )
