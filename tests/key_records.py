"""What the table of keys knows of a key that may read and write."""

from datetime import UTC, datetime

from pixel.auth import keys
from pixel.auth.keys import KeyRecord


def record_of(key: str) -> KeyRecord:
    return KeyRecord(
        key_hash=keys.digest(key),
        key_id="key_1",
        workspace_id="ws_1",
        name="Backend",
        key_prefix=keys.shown_prefix(key),
        scopes=("pixel:read", "pixel:write"),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        expires_at=None,
        own_expires_at=None,
        revoked_at=None,
        rate_limit=60,
        usage_plan_key="usageplankey0000000001",
    )
