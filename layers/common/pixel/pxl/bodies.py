"""Bodies of the face Pxl, as JSON or as forms, and the links that they describe."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

from pydantic import AfterValidator, BeforeValidator

from pixel.aws.attributes import Item
from pixel.foundation.errors import FieldErrors
from pixel.http.field_checks import invalid, wrong_type
from pixel.http.request_bodies import JSON, parsed, read_body, unreadable
from pixel.http.route import Request
from pixel.links.models import Description, Destination, LinkChanges, NewLink, Picture, ShortCode, Title
from pixel.pxl.addresses import LinkAddress
from pixel.workspaces.models import UNCHANGED, InvalidFieldsError, RecordModel, checked, text

FORM: Final = "application/x-www-form-urlencoded"
BODY_BYTES_MAX: Final = 32_768
PREVIEW: Final = ("title", "description", "image", "favicon")
_FORM_FIELDS_MAX = 100
_BOOLEANS = {"true": True, "false": False}
_FIXED = ("route", "domain")
"""What a short link has for good, because its address may be printed."""


def _consent(value: Any) -> bool:
    if not isinstance(value, bool):
        raise wrong_type("must be true or false.")
    return value


def _known_domain(domain: str) -> str:
    if not LinkAddress.of_function().is_domain(domain):
        raise invalid("must be the domain of this workspace's short links; leave it out for the default one.")
    return domain


Consent = Annotated[bool, BeforeValidator(_consent)]
ShortDomain = Annotated[str, BeforeValidator(text), AfterValidator(_known_domain)]


class ShortChanges(RecordModel):
    """Changes to a short link; None removes an optional field."""

    destination: Destination = UNCHANGED
    consent: Consent = UNCHANGED
    title: Title | None = UNCHANGED
    description: Description | None = UNCHANGED
    image: Picture | None = UNCHANGED
    favicon: Picture | None = UNCHANGED


class NewShort(ShortChanges):
    """A short link to be created. Without a route it gets a random one."""

    destination: Destination
    route: ShortCode = UNCHANGED
    domain: ShortDomain = UNCHANGED


def read_fields(request: Request) -> dict[str, Any]:
    """Return the fields of a body. An empty field of a form is None, because a form has no other way to say so."""
    body = read_body(request, media_types=(JSON, FORM), bytes_max=BODY_BYTES_MAX)
    if body.media_type == FORM:
        return _of_form(body.text)
    fields = parsed(body.text)
    if not isinstance(fields, dict):
        raise unreadable("The body must be a JSON object, or a form.")
    return fields


def new_link(fields: Mapping[str, Any]) -> NewLink:
    """Return the link that a body describes. Raises InvalidFieldsError with all errors."""
    given = checked(NewShort, {name: value for name, value in fields.items() if value is not None}).given()
    route = {"short_code": given["route"]} if "route" in given else {}
    return NewLink.model_validate({**route, **_link_fields(given)})


def link_changes(fields: Mapping[str, Any], address: LinkAddress, code: str) -> LinkChanges:
    """Return the changes that a body describes of the link with a code. Raises InvalidFieldsError with all errors."""
    rest = dict(fields)
    faults = FieldErrors()
    for name in _FIXED:
        if name in rest and not _is_present(name, rest.pop(name), address, code):
            faults.add(name, "invalid", f"`{name}` cannot be changed; create another short link.")
    given: dict[str, Any] = {}
    try:
        changes = checked(ShortChanges, rest)
        given = changes.given() if faults.found else changes.changed()
    except InvalidFieldsError as failure:
        faults.found += failure.faults
    if faults.found:
        raise InvalidFieldsError(faults)
    return LinkChanges.model_validate(_link_fields(given))


def adapted(link: Item, changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the changes of a link, in which its preview has also what is not changed of it."""
    if not isinstance(changes.get("preview"), Mapping):
        return changes
    merged = {**link.get("preview", {}), **changes["preview"]}
    return {**changes, "preview": {name: value for name, value in merged.items() if value is not None} or None}


def _of_form(form: str) -> dict[str, Any]:
    if form.lstrip().startswith("{"):
        raise unreadable(f"The body looks like JSON and is declared as a form; send Content-Type: {JSON}.")
    try:
        pairs = parse_qsl(form, keep_blank_values=True, errors="strict", max_num_fields=_FORM_FIELDS_MAX)
    except ValueError:
        raise unreadable("The body must be a valid form in UTF-8.") from None
    fields: dict[str, Any] = {name: value or None for name, value in pairs}
    if len(fields) != len(pairs):
        raise unreadable("A form must not repeat a field.")
    consent = fields.get("consent")
    return fields | ({"consent": _BOOLEANS[consent]} if consent in _BOOLEANS else {})


def _link_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a link that those of a short link stand for, without route and domain."""
    preview = {name: given[name] for name in PREVIEW if name in given}
    return {
        **({"destination_url": given["destination"]} if "destination" in given else {}),
        **{name: given[name] for name in ("title", "consent") if name in given},
        **({"preview": preview} if preview else {}),
    }


def _is_present(name: str, value: Any, address: LinkAddress, code: str) -> bool:
    if not isinstance(value, str):
        return False
    return address.is_domain(value) if name == "domain" else value.lower() == code.lower()
