"""The token of a report, signed by PyJWT: the same claims as ours."""

import os
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import jwt

from benchmarks.peers.stores import read_secret

_VALID_SECONDS = 120
_REQUESTS_PER_SECOND = 50


def sign(pipe: str, caller: dict[str, str], website_id: str, start: date, end: date) -> dict[str, Any]:
    expires_at = int(time.time()) + _VALID_SECONDS
    fixed = {
        "workspace_id": caller["workspace_id"],
        "website_id": website_id,
        "date_from": f"{start} 00:00:00",
        "date_to": f"{end + timedelta(days=1)} 00:00:00",
    }
    claims = {
        "workspace_id": os.environ["PIXEL_TINYBIRD_WORKSPACE_ID"],
        "name": f"{caller['workspace_id']}.{caller['key_id']}",
        "exp": expires_at,
        "scopes": [{"type": "PIPES:READ", "resource": pipe, "fixed_params": fixed}],
        "limits": {"rps": _REQUESTS_PER_SECOND},
    }
    token = jwt.encode(claims, read_secret("tinybird-admin-token"), algorithm="HS256")
    url = f"{os.environ['PIXEL_TINYBIRD_URL']}/v0/pipes/{pipe}.json"
    ends = datetime.fromtimestamp(expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"token": token, "pipe": pipe, "url": url, "expires_at": ends}
