"""Admin and static tokens; needs only the standard library, so that the stack may import it."""

import hashlib
import hmac
import json
import secrets
from base64 import b64decode, urlsafe_b64encode
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5


def new_admin_token(workspace_id: str, *, host: str | None = None) -> str:
    """Make a token like Tinybird's: `p.<{"u": workspace, "id": token, "host": region}>.<signature>`."""
    return _write(workspace_id, str(uuid4()), host, secrets.token_bytes(32))


def static_token(admin_token: str, name: str) -> str:
    """Return the token that a datafile declares by name, derived from the admin token."""
    payload = read_payload(admin_token)
    workspace_id = str(payload["u"])
    signature = hmac.digest(admin_token.encode(), name.encode(), hashlib.sha256)
    return _write(workspace_id, str(uuid5(NAMESPACE_OID, f"{workspace_id} {name}")), payload.get("host"), signature)


def read_payload(token: str) -> dict[str, Any]:
    """Return the payload of an admin or static token; raise ValueError for any other text."""
    mark, _, rest = token.partition(".")
    if mark != "p":
        raise ValueError("not a Tinybird token")
    payload = decode_json(rest.partition(".")[0])
    if isinstance(payload, dict) and isinstance(payload.get("u"), str):
        return payload
    raise ValueError("not a Tinybird token")


def encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_json(text: str) -> Any:
    """Decode JSON in base64url; raise ValueError for anything else."""
    return json.loads(b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))


def _write(workspace_id: str, token_id: str, host: str | None, signature: bytes) -> str:
    payload = json.dumps({"u": workspace_id, "id": token_id, "host": host})
    return f"p.{encode(payload.encode())}.{encode(signature)}"
