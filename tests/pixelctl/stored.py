"""What a key looks like to an operator, and to the authorizer."""

from pixel.auth import keys
from pixel.auth.keys import KeyRecord

SHOWN = {
    "key_id",
    "workspace_id",
    "name",
    "key_prefix",
    "scopes",
    "website_ids",
    "created_at",
    "expires_at",
    "revoked_at",
    "rate_limit",
    "status",
}


def find(raw: str) -> KeyRecord:
    """Look up a key as the authorizer does."""
    record = keys.find(raw)
    assert record is not None
    return record
