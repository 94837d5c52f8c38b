"""Destinations: addresses of receivers that are sent webhooks, or messages of Slack.

An address may hold a secret, and every one of Slack does, so it stands with the secret of its signatures in a table of
its own, which only functions that write them or send to them may touch. The record has the host alone. No function with
a route can read either back.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Final, NamedTuple, override

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.conditions import ABSENT, CopyOf
from pixel.aws.tables import Action
from pixel.foundation.clock import now, to_iso
from pixel.foundation.ids import WEBSITE_ID, WEBSITE_ID_FORM
from pixel.hooks.addresses import (
    URL_CHARACTERS_MAX,
    AddressRefusedError,
    Place,
    Reason,
    find_addresses,
    read_slack_url,
    read_url,
)
from pixel.hooks.signing import new_secret
from pixel.http.field_checks import invalid, wrong_type
from pixel.workspaces.deliveries import secret_key
from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.errors import NotFoundError, UrlNotAllowedError
from pixel.workspaces.key_models import GraceSeconds
from pixel.workspaces.listeners import NAME_PREFIX, SLACK
from pixel.workspaces.models import UNCHANGED, Name, RecordModel, one_of, text
from pixel.workspaces.recipients import recipient_fault
from pixel.workspaces.rules import Conflict, IssuedSecret, RecordDeletion, Rules, UniqueValue
from pixel.workspaces.store import ExtraActions, Store
from pixel.workspaces.vocabulary import DestinationKind, EventType
from pixel.workspaces.website_kind import WEBSITE

WEBSITES_MAX: Final = 50
GRACE_SECONDS: Final = 86_400

_BECAUSE: Mapping[Reason, str] = {
    Reason.UNREADABLE: f"it is not a URL of at most {URL_CHARACTERS_MAX:,} printable characters of ASCII",
    Reason.SCHEME: "it must begin with https://",
    Reason.USER: "it must not have a user name or a password",
    Reason.FRAGMENT: "it must not have a fragment (#)",
    Reason.HOST: "its host must be a public domain name, written in ASCII, and hooks.slack.com for Slack",
    Reason.PORT: "its port must be 443 or 8443",
    Reason.UNKNOWN_HOST: "its host is unknown to DNS",
    Reason.PRIVATE_ADDRESS: "its host leads to an address that is not public",
}
_SLACK_FAULT = "must not be given for slack, which is written to as a recipient of alerts and reports."
_event_type = one_of(EventType)


def _url(value: Any) -> str:
    url = text(value)
    if not url:
        raise invalid("must not be empty.")
    return url


def _events(value: Any) -> list[str]:
    if not isinstance(value, list | tuple):
        raise wrong_type("must be a list of texts.")
    types = [str(_event_type.func(one)) for one in value]  # type: ignore[call-arg]  # a check without a context
    if not types or len(set(types)) < len(types):
        raise invalid("must have one entry at least, each once; null for all.")
    return types


def _website_ids(value: Any) -> list[str]:
    if not isinstance(value, list | tuple):
        raise wrong_type("must be a list of texts.")
    ids = [text(one) for one in value]
    if not all(re.fullmatch(WEBSITE_ID, one) for one in ids):
        raise invalid(f"must have entries each of which {WEBSITE_ID_FORM}")
    if not 1 <= len(ids) <= WEBSITES_MAX or len(set(ids)) < len(ids):
        raise invalid(f"must have 1 to {WEBSITES_MAX} entries, each once; null for all.")
    return ids


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise wrong_type("must be true or false.")
    return value


def _fits_kind(name: str, info: ValidationInfo) -> str:
    if fault := _name_fault(info.data.get("kind"), name):
        raise invalid(fault)
    return name


def _not_for_slack(value: object, info: ValidationInfo) -> object:
    if info.data.get("kind") == SLACK and value is not None:
        raise invalid(_SLACK_FAULT)
    return value


def _name_fault(kind: object, name: str) -> str | None:
    return recipient_fault(SLACK, name) if kind == SLACK else None


def _conflicts(item: Mapping[str, Any]) -> Iterator[Conflict]:
    if fault := _name_fault(item["kind"], item["name"]):
        yield Conflict("name", fault)
    if item["kind"] == SLACK:
        yield from (Conflict(name, _SLACK_FAULT) for name in ("events", "website_ids") if item.get(name) is not None)


OneKind = Annotated[DestinationKind, one_of(DestinationKind)]
Url = Annotated[str, BeforeValidator(_url), Field(min_length=1, repr=False)]
Events = Annotated[list[EventType], BeforeValidator(_events)]
WebsiteIds = Annotated[list[str], BeforeValidator(_website_ids), Field(min_length=1, max_length=WEBSITES_MAX)]
Flag = Annotated[bool, BeforeValidator(_flag)]


class NewDestination(RecordModel):
    """A destination to be created."""

    kind: OneKind
    name: Annotated[Name, AfterValidator(_fits_kind)]
    url: Url
    events: Annotated[Events | None, AfterValidator(_not_for_slack)] = UNCHANGED
    website_ids: Annotated[WebsiteIds | None, AfterValidator(_not_for_slack)] = UNCHANGED
    enabled: Flag = UNCHANGED


class DestinationChanges(RecordModel):
    """Changes to a destination; null for events or website_ids means all of them."""

    name: Name = UNCHANGED
    url: Url = UNCHANGED
    events: Events | None = UNCHANGED
    website_ids: WebsiteIds | None = UNCHANGED
    enabled: Flag = UNCHANGED


class SecretRotation(RecordModel):
    """The rotation of the secret of a webhook: how long both sign."""

    grace_seconds: GraceSeconds = GRACE_SECONDS


class Rotation(NamedTuple):
    """A new secret, and until when the one before signs too."""

    secret: str
    previous_valid_until: str


def checked_place(kind: str, url: str, *, private_allowed: bool) -> Place:
    """Return the parts of an address that may be called. Raises UrlNotAllowedError."""
    try:
        read = read_slack_url if kind == SLACK else read_url
        place = read(url, private_allowed=private_allowed)
        find_addresses(place, private_allowed=private_allowed)
    except AddressRefusedError as failure:
        raise UrlNotAllowedError(failure.reason.value, _BECAUSE[failure.reason]) from None
    return place


def _issue() -> IssuedSecret:
    return IssuedSecret({"secret": new_secret()}, {})


def _unique(destination: Mapping[str, Any]) -> list[UniqueValue]:
    def taken(destination_id: str) -> str:
        return f"There is a destination of this name already, {destination_id}; change it, or choose another name."

    return [UniqueValue(f"{NAME_PREFIX}{destination['name'].casefold()}", taken)]


def _to_attributes(values: dict[str, object]) -> dict[str, object]:
    """Drop the address, which is stored elsewhere; a destination that is enabled again begins anew."""
    values.pop("url", None)
    return {**values, "disabled_reason": None, "failing_since": None} if values.get("enabled") is True else values


class DestinationRules(Rules):
    """The rules of destinations, whose addresses and secrets are written in the transactions of their records."""

    @override
    def create(
        self,
        store: Store,
        workspace_id: str,
        new: RecordModel,
        *,
        record_id: str | None = None,
        secret: IssuedSecret | None = None,
        also: ExtraActions = lambda _item: (),
    ) -> Item:
        given = new.given()
        kind, url = str(given["kind"]), str(given["url"])
        _require_websites(store, workspace_id, given)
        place = checked_place(kind, url, private_allowed=store.private_allowed)
        signed = {} if secret is None or kind == SLACK else {"secret": secret.shown["secret"]}

        def keep(item: Item) -> list[Action]:
            row = {**secret_key(workspace_id, item["id"]), "url": url, **signed}
            return [*also(item), tables.insertion(store.secrets_table, row, "workspace_id")]

        issued = IssuedSecret({}, {"url_host": place.host_header})
        return super().create(store, workspace_id, new, record_id=record_id, secret=issued, also=keep)

    @override
    def update(
        self,
        store: Store,
        workspace_id: str,
        record_id: str,
        changes: RecordModel,
        *,
        revisions: Collection[int] | None = None,
    ) -> Item:
        given = changes.changed()
        _require_websites(store, workspace_id, given)
        values, moved = self.to_attributes({**given}), list[Action]()
        if "url" in given:
            kind, url = store.find(self.kind, workspace_id, record_id)["kind"], str(given["url"])
            place = checked_place(kind, url, private_allowed=store.private_allowed)
            values["url_host"] = place.host_header
            key = secret_key(workspace_id, record_id)
            moved = [tables.change(store.secrets_table, key, {"url": url}, {"workspace_id": workspace_id})]
        return store.update(
            self.kind,
            workspace_id,
            record_id,
            values,
            revisions=revisions,
            check=self.require_consistency,
            also=lambda old, new: [*self.move_claims(store, old, new), *moved],
        )

    @override
    def delete(
        self, store: Store, workspace_id: str, record_id: str, *, revisions: Collection[int] | None = None
    ) -> RecordDeletion:
        forgotten = tables.deletion(store.secrets_table, secret_key(workspace_id, record_id), {})
        item, changed = store.delete(
            self.kind,
            workspace_id,
            record_id,
            revisions=revisions,
            also=lambda old: [*self.release_claims(store, old), forgotten],
        )
        return RecordDeletion(item, changed, [])

    def rotate_secret(self, store: Store, workspace_id: str, record_id: str, rotation: SecretRotation) -> Rotation:
        """Replace the secret of a webhook; the one before signs too until the grace period ends."""
        secret = new_secret()
        until = to_iso(now() + timedelta(seconds=rotation.grace_seconds))
        has_grace = rotation.grace_seconds > 0

        def turn(old: Item, _new: Item) -> list[Action]:
            if old["kind"] == SLACK:
                raise NotFoundError(self.kind.noun, record_id, workspace_id)  # there is nothing to rotate
            values = {
                "secret": secret,
                "previous_secret": CopyOf("secret") if has_grace else ABSENT,
                "previous_until": until if has_grace else ABSENT,
            }
            key = secret_key(workspace_id, record_id)
            return [tables.change(store.secrets_table, key, values, {"workspace_id": workspace_id})]

        store.update(self.kind, workspace_id, record_id, {}, verb="secret_rotated", also=turn)
        return Rotation(secret, until)

    @override
    def shows_secret(self, _given: Mapping[str, Any]) -> bool:
        return _given.get("kind") != SLACK


def _require_websites(store: Store, workspace_id: str, given: Mapping[str, object]) -> None:
    """Require the websites that a destination is told of to be live."""
    ids = given.get("website_ids")
    if not isinstance(ids, list):
        return
    live = {item["id"] for item in store.list_live(WEBSITE, workspace_id)}
    for website_id in ids:
        if website_id not in live:
            raise NotFoundError(WEBSITE.noun, website_id, workspace_id)


DESTINATIONS = DestinationRules(
    DESTINATION,
    NewDestination,
    DestinationChanges,
    _conflicts,
    initial=DESTINATION.defaults,
    to_attributes=_to_attributes,
    unique=_unique,
    issue=_issue,
)
