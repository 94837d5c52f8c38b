"""The models of new links, of changes and of the domain's settings: the rules of each field."""

import json
import re
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from pixel.foundation.clock import read_instant, to_iso
from pixel.http.field_checks import invalid, too_long, wrong_type
from pixel.links.app_addresses import normalized_app_address
from pixel.links.codes import CHARACTERS_MIN, CODE_FORM, CODE_RESERVED, has_form_of_code, is_reserved
from pixel.links.destinations import CHARACTERS_MAX, normalized_destination
from pixel.workspaces.domains import Domain
from pixel.workspaces.models import UNCHANGED, RecordModel, one_of, text
from pixel.workspaces.recipients import recipient_fault

RedirectMode = Literal["auto", "always", "rule_only", "never"]
MODES_WITHOUT_DESTINATION: Final = ("never", "rule_only")
QueryMode = Literal["append", "override", "off"]

REDIRECT_STATUSES: Final = (301, 302, 307, 308)
REMEMBERED_STATUSES: Final = (301, 308)
"""Browsers keep these, so a link that has one must lead to the same place for everybody and for good."""

UTM_FIELDS: Final = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
TITLE_CHARACTERS_MAX: Final = 200
DESCRIPTION_CHARACTERS_MAX: Final = 1000
UTM_CHARACTERS_MAX: Final = 255
EXTERNAL_ID_CHARACTERS_MAX: Final = 255
TAGS_MAX: Final = 20
TAG_CHARACTERS_MAX: Final = 50
CLICKS_LIMIT_MAX: Final = 1_000_000_000
PASSWORD_CHARACTERS_MIN: Final = 4
PASSWORD_CHARACTERS_MAX: Final = 128
PICTURE_CHARACTERS_MAX: Final = 2048
PIXELS_MAX: Final = 10
APP_FILE_CHARACTERS_MAX: Final = 16_384
_PIXEL_ID = re.compile(r"px_[0-9a-z]{20}", re.ASCII)


def _short_code(value: Any) -> str:
    code = text(value)
    if not has_form_of_code(code) or len(code) < CHARACTERS_MIN:
        raise invalid(CODE_FORM)
    if is_reserved(code):
        raise PydanticCustomError("reserved", CODE_RESERVED)
    return code


def line(characters_max: int, characters_min: int = 1) -> BeforeValidator:
    """Return the check of a text of one line."""

    def check(value: Any) -> str:
        written = text(value).strip()
        if len(written) < characters_min or not written.isprintable():
            raise invalid(f"must have {characters_min} to {characters_max} printable characters.")
        if len(written) > characters_max:
            raise too_long(f"must have at most {characters_max} characters.")
        return written

    return BeforeValidator(check)


def lines(characters_max: int) -> BeforeValidator:
    """Return the check of a text of any number of lines."""

    def check(value: Any) -> str:
        written = text(value).strip()
        if any(not (character.isprintable() or character in "\n\t") for character in written):
            raise invalid("must not contain control characters.")
        if len(written) > characters_max:
            raise too_long(f"must have at most {characters_max} characters.")
        return written

    return BeforeValidator(check)


def _instant(value: Any) -> str:
    try:
        return to_iso(value if isinstance(value, datetime) else read_instant(text(value)))
    except (ValueError, OverflowError):
        raise invalid("must be an ISO 8601 instant with a time zone, such as 2030-12-31T18:00:00Z.") from None


def _password(value: Any) -> str:
    password = text(value)
    if password and not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX:
        raise invalid(
            f"must have {PASSWORD_CHARACTERS_MIN} to {PASSWORD_CHARACTERS_MAX} characters, or none to remove it."
        )
    try:
        password.encode()
    except UnicodeEncodeError:
        raise invalid("must be valid Unicode.") from None
    return password


def _tags(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise wrong_type("must be an array.")
    names = [one.strip() for one in value if isinstance(one, str)]
    is_valid = all(1 <= len(name) <= TAG_CHARACTERS_MAX and name.isprintable() for name in names)
    if len(names) != len(value) or len(names) > TAGS_MAX or not is_valid:
        raise invalid(f"must be at most {TAGS_MAX} names of 1 to {TAG_CHARACTERS_MAX} printable characters.")
    return list(dict.fromkeys(names))


def _redirect_status(value: Any) -> int:
    if isinstance(value, bool) or value not in REDIRECT_STATUSES:
        raise invalid("must be 301, 302, 307 or 308.")
    return int(value)


def _clicks_limit(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type("must be a whole number.")
    if not 1 <= value <= CLICKS_LIMIT_MAX:
        raise invalid(f"must be a number from 1 to {CLICKS_LIMIT_MAX:,}.")
    return value


def _picture(value: Any) -> str:
    address = normalized_destination(value)
    if not address.startswith("https:"):
        raise invalid("must begin with https://.")
    if len(address) > PICTURE_CHARACTERS_MAX:
        raise too_long(f"must have at most {PICTURE_CHARACTERS_MAX} characters.")
    return address


def _pixel_ids(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise wrong_type("must be an array.")
    if len(value) > PIXELS_MAX or not all(isinstance(one, str) and _PIXEL_ID.fullmatch(one) for one in value):
        raise invalid(f"must be at most {PIXELS_MAX} ids of pixels: px_ and 20 characters of 0-9 a-z.")
    return list(dict.fromkeys(value))


def id_of(noun: str, prefix: str) -> BeforeValidator:
    """Return the check of an id of a kind of records."""
    form = re.compile(rf"{prefix}_[0-9a-z]{{20}}", re.ASCII)

    def check(value: Any) -> str:
        if not form.fullmatch(text(value)):
            raise invalid(f"must be the id of a {noun}: {prefix}_ and 20 characters of 0-9 a-z.")
        return str(value)

    return BeforeValidator(check)


def _report_address(value: Any) -> str:
    address = text(value).strip()
    if "://" not in address:
        if recipient_fault("email", address):
            raise invalid("must be an e-mail address or an address that begins with https://.")
        return address
    return _picture(address)


def _app_file(value: Any) -> str:
    """Return a JSON document in its shortest form, as apps ask for it at a domain."""
    written = text(value)
    try:
        shortest = json.dumps(json.loads(written), separators=(",", ":"))
    except (ValueError, RecursionError):
        raise invalid("must be JSON.") from None
    if len(shortest) > APP_FILE_CHARACTERS_MAX:
        raise too_long(f"must have at most {APP_FILE_CHARACTERS_MAX:,} characters.")
    return shortest


Destination = Annotated[str, BeforeValidator(normalized_destination), Field(max_length=CHARACTERS_MAX)]
AppAddress = Annotated[str, BeforeValidator(normalized_app_address), Field(max_length=CHARACTERS_MAX)]
ReportAddress = Annotated[str, BeforeValidator(_report_address), Field(max_length=PICTURE_CHARACTERS_MAX)]
AppFile = Annotated[str, BeforeValidator(_app_file), Field(max_length=APP_FILE_CHARACTERS_MAX)]
PixelIds = Annotated[list[str], BeforeValidator(_pixel_ids)]
CampaignId = Annotated[str, id_of("campaign", "camp")]
FolderId = Annotated[str, id_of("folder", "fold")]
UtmTemplateId = Annotated[str, id_of("UTM template", "utm")]
ShortCode = Annotated[str, BeforeValidator(_short_code)]
Title = Annotated[str, line(TITLE_CHARACTERS_MAX)]
Description = Annotated[str, lines(DESCRIPTION_CHARACTERS_MAX), Field(max_length=DESCRIPTION_CHARACTERS_MAX)]
ExternalId = Annotated[str, line(EXTERNAL_ID_CHARACTERS_MAX)]
Tags = Annotated[list[str], BeforeValidator(_tags)]
Instant = Annotated[str, BeforeValidator(_instant)]
ClicksLimit = Annotated[int, BeforeValidator(_clicks_limit), Field(ge=1, le=CLICKS_LIMIT_MAX)]
Password = Annotated[str, BeforeValidator(_password)]
Utm = Annotated[str, line(UTM_CHARACTERS_MAX)]
Status = Annotated[int, BeforeValidator(_redirect_status)]
Picture = Annotated[str, BeforeValidator(_picture), Field(max_length=PICTURE_CHARACTERS_MAX)]


OneRedirectMode = Annotated[RedirectMode, one_of(RedirectMode)]
OneQueryMode = Annotated[QueryMode, one_of(QueryMode)]


class Preview(RecordModel):
    """What a message or a post shows of a link, in place of what the destination says of itself."""

    title: Title | None = None
    description: Description | None = None
    image: Picture | None = None
    favicon: Picture | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.given():
            raise invalid("must have at least one of title, description, image and favicon.")
        return self


class _Fields(RecordModel):
    """The fields that can be set when a link is created and later; None removes an optional one."""

    model_config = ConfigDict(validate_default=False)

    title: Title | None = UNCHANGED
    description: Description | None = UNCHANGED
    external_id: ExternalId | None = UNCHANGED
    tags: Tags = UNCHANGED
    enabled: StrictBool = UNCHANGED
    starts_at: Instant | None = UNCHANGED
    expires_at: Instant | None = UNCHANGED
    expired_url: Destination | None = UNCHANGED
    clicks_limit: ClicksLimit | None = UNCHANGED
    password: Password | None = UNCHANGED
    redirect_mode: OneRedirectMode = UNCHANGED
    redirect_status: Status = UNCHANGED
    query_mode: OneQueryMode = UNCHANGED
    utm_source: Utm | None = UNCHANGED
    utm_medium: Utm | None = UNCHANGED
    utm_campaign: Utm | None = UNCHANGED
    utm_term: Utm | None = UNCHANGED
    utm_content: Utm | None = UNCHANGED
    preview: Preview | None = UNCHANGED
    indexable: StrictBool = UNCHANGED
    deep_link_enabled: StrictBool = UNCHANGED
    deep_link_ios: AppAddress | None = UNCHANGED
    deep_link_android: AppAddress | None = UNCHANGED
    deep_link_fallback_url: Destination | None = UNCHANGED
    consent: StrictBool | None = UNCHANGED
    campaign_id: CampaignId | None = UNCHANGED
    folder_id: FolderId | None = UNCHANGED
    utm_template_id: UtmTemplateId | None = UNCHANGED
    pixel_ids: PixelIds = UNCHANGED

    def given(self) -> dict[str, object]:
        """Return the fields that were set, in their stored form."""
        values = super().given()
        preview = values.get("preview")
        return values | ({"preview": preview.given()} if isinstance(preview, Preview) else {})


def _needed_destination(value: str | None, info: ValidationInfo) -> str | None:
    """Require a destination, which a link of some modes does without. Other faults are reported together with this."""
    if value is None and info.data.get("redirect_mode") not in MODES_WITHOUT_DESTINATION:
        raise PydanticCustomError("missing", "is required.")
    return value


class NewLink(_Fields):
    """A link to be created. Without a short code it gets a random one."""

    destination_url: Annotated[
        Destination | None, AfterValidator(_needed_destination), Field(validate_default=True)
    ] = UNCHANGED
    short_code: ShortCode = UNCHANGED


class LinkChanges(_Fields):
    """Changes to a link. Its short code never changes, because it may be printed."""

    destination_url: Destination | None = UNCHANGED


class BlockedHost(RecordModel):
    """A host to which no link may lead, nor to any name below it."""

    host: Domain


class DomainChanges(RecordModel):
    """Changes to the settings of a domain of short links; None removes one."""

    root_url: Destination | None = UNCHANGED
    not_found_url: Destination | None = UNCHANGED
    expired_url: Destination | None = UNCHANGED
    report_address: ReportAddress | None = UNCHANGED
    apple_app_site_association: AppFile | None = UNCHANGED
    asset_links: AppFile | None = UNCHANGED
