"""Signatures of webhooks by Standard Webhooks 1.0, which receivers verify with a library of their language.

The id and the time are signed with the body, so that a receiver recognizes what it has seen, and refuses what is old.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - the prefix of every secret
_SECRET_BYTES = 32


def new_secret() -> str:
    """Return a new secret of a destination."""
    return f"{SECRET_PREFIX}{base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"


def signed_headers(message_id: str, at: datetime, body: bytes, keys: Sequence[str]) -> Mapping[str, str]:
    """Return the three headers of a message, with a signature by each secret: two while one replaces the other."""
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signature(message_id, timestamp, body, key) for key in keys),
    }


def signature(message_id: str, timestamp: str, body: bytes, key: str) -> str:
    """Return the signature of a message by one secret, with its version."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.digest(base64.b64decode(key.removeprefix(SECRET_PREFIX)), signed, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def is_signed(headers: Mapping[str, str], body: bytes, keys: Sequence[str]) -> bool:
    """Return whether one of the signatures is by one of these secrets. The age of the message is not looked at."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "").split()
    return any(
        hmac.compare_digest(one.encode(), signature(message_id, timestamp, body, key).encode())
        for key in keys
        for one in given
    )
