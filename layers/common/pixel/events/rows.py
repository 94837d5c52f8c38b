"""The rows of the datasources: lines of JSON with every column. Unknown values are empty texts."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from pydantic_core import to_json

from pixel.events.digests import digest_of_email, digest_of_external_id
from pixel.events.enrichment.columns import Enriched, Page, enrich
from pixel.events.models import Custom, Engagement, Event, Identify, Pageview, Payment
from pixel.events.privacy import without_personal_data
from pixel.tinybird import CUSTOM_GOALS, ENGAGEMENTS, IDENTITIES, PAGEVIEWS, VISITOR_PAYMENTS

_PAGE_OF = itemgetter(*Page._fields)
_DATASOURCES: dict[type[Event | Engagement | Identify], str] = {
    Pageview: PAGEVIEWS,
    Custom: CUSTOM_GOALS,
    Payment: VISITOR_PAYMENTS,
    Identify: IDENTITIES,
    Engagement: ENGAGEMENTS,
}
_DERIVED_OF_ENGAGEMENTS = ("host", "path", "device", "browser", "os", "is_bot", "bot_reason")
_OF_ENGAGEMENTS = itemgetter(*_DERIVED_OF_ENGAGEMENTS)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Identity(NamedTuple):
    """The workspace, ids and times of an event, which stay the same when the event is repeated."""

    workspace_id: str
    event_id: str
    visitor_id: str
    timestamp_ms: int
    received_ms: int


def datasource_of(event: Event | Engagement | Identify) -> str:
    """Return the name of the event's datasource."""
    return _DATASOURCES[type(event)]


def row_of(
    event: Event | Engagement,
    identity: Identity,
    *,
    own_host: str,
    aliases: Sequence[str] = (),
    bot_reason: str = "",
) -> str:
    """Return the row of an event.

    `own_host` is the domain of its website, which may have aliases. `bot_reason` says why the event is a bot's although
    its user agent is not.
    """
    page = Page._make(_PAGE_OF(vars(event)))
    derived = enrich(page, own_host=own_host, aliases=aliases)
    if bot_reason and not derived["is_bot"]:
        derived["is_bot"], derived["bot_reason"] = 1, bot_reason
    if isinstance(event, Engagement):
        return _row_of_engagement(event, identity, derived)
    return _to_json(
        {
            **_owner_columns(event.website_id, identity),
            "session_id": event.session_id or "",
            **derived,
            "title": event.title or "",
            "language": event.language or "",
            "country": event.country or "",
            "region": event.region or "",
            "city": event.city or "",
            "screen": event.screen or "",
            "properties": _scalars_to_json(event.properties or {}),
            **_columns_of_name(event),
        }
    )


def _row_of_engagement(engagement: Engagement, identity: Identity, derived: Enriched) -> str:
    return _to_json(
        {
            **_owner_columns(engagement.website_id, identity),
            "session_id": engagement.session_id or "",
            **dict(zip(_DERIVED_OF_ENGAGEMENTS, _OF_ENGAGEMENTS(derived), strict=True)),
            "country": engagement.country or "",
            "visible_ms": engagement.visible_ms,
            "scroll": engagement.scroll_pct,
        }
    )


def row_of_identify(identify: Identify, identity: Identity) -> str:
    """Return the row of an identify, with hashes in place of personal data."""
    return _to_json(
        {
            **_owner_columns(identify.website_id, identity),
            "external_id_hash": digest_of_external_id(identify.external_id),
            "traits": _scalars_to_json(without_personal_data(identify.traits or {})),
        }
    )


def _owner_columns(website_id: str, identity: Identity) -> dict[str, object]:
    return {
        "workspace_id": identity.workspace_id,
        "website_id": website_id,
        "event_id": identity.event_id,
        "visitor_id": identity.visitor_id,
        "timestamp": _to_iso(identity.timestamp_ms),
        "received_at": _to_iso(identity.received_ms),
    }


def _columns_of_name(event: Event) -> dict[str, object]:
    match event:
        case Pageview():
            return {}
        case Custom():
            return {"goal_name": event.goal_name, "value": float(event.value or 0), "currency": event.currency or ""}
        case Payment():
            return {
                # A float represents exactly the thirteen digits that an amount may have.
                "amount": float(event.amount),
                "currency": event.currency,
                "refund": int(event.refund),
                "transaction_id": event.transaction_id or "",
                "product_name": event.product_name or "",
                "quantity": event.quantity,
                "email_hash": digest_of_email(event.email) if event.email else "",
            }


@lru_cache(maxsize=64)  # the events of a batch have the same time of receipt
def _to_iso(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _scalars_to_json(values: dict[str, object]) -> str:
    # Stored rows contain floats as Python's json writes them (1e-07); pydantic_core would write 1e-7.
    return _ENCODER.encode(values) if float in map(type, values.values()) else _to_json(values)


def _to_json(values: Mapping[str, object]) -> str:
    """Return the same as _ENCODER, but faster. No amount or value is small enough to be written differently."""
    return to_json(values).decode()
