"""The models of what links are organised by: campaigns, tags, folders, templates of UTM parameters, and pixels."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool

from pixel.foundation.errors import FieldErrors
from pixel.http.field_checks import invalid, wrong_type
from pixel.links.models import (
    TAG_CHARACTERS_MAX,
    ClicksLimit,
    Description,
    Instant,
    Utm,
    line,
    lines,
)
from pixel.workspaces.models import UNCHANGED, Name, RecordModel, one_of

Color = Literal["red", "yellow", "green", "blue", "purple", "brown", "pink"]
Provider = Literal["meta", "google", "tiktok", "linkedin", "pinterest", "x", "snapchat", "microsoft"]

SHORT_DESCRIPTION_CHARACTERS_MAX: Final = 500
EVENT_NAME_CHARACTERS_MAX: Final = 64
PROVIDER_ID_CHARACTERS_MAX: Final = 64
CAPTURED_MAX: Final = 20

_CAPTURED = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_PROVIDER_IDS: Final[Mapping[str, tuple[str, str]]] = {
    "meta": (r"[0-9]{10,20}", "10 to 20 digits"),
    "google": (r"(?:AW|DC|G|GT)-[A-Z0-9]{4,16}", "a tag such as G-ABC1234567 or AW-123456789"),
    "tiktok": (r"[A-Z0-9]{16,24}", "16 to 24 characters of A-Z 0-9"),
    "linkedin": (r"[0-9]{4,12}", "4 to 12 digits"),
    "pinterest": (r"[0-9]{10,16}", "10 to 16 digits"),
    "x": (r"[a-z0-9]{4,12}", "4 to 12 characters of a-z 0-9"),
    "snapchat": (r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "a UUID in lower case"),
    "microsoft": (r"[0-9]{4,12}", "4 to 12 digits"),
}
"""The form of an id for each provider, which is put into the provider's own script, and that form in words."""


def _capture_params(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise wrong_type("must be an array.")
    if len(value) > CAPTURED_MAX or not all(isinstance(one, str) and _CAPTURED.fullmatch(one) for one in value):
        raise invalid(f"must be at most {CAPTURED_MAX} names of 1 to 64 characters of A-Z a-z 0-9 _ . -")
    return list(dict.fromkeys(value))


ShortDescription = Annotated[
    str, lines(SHORT_DESCRIPTION_CHARACTERS_MAX), Field(max_length=SHORT_DESCRIPTION_CHARACTERS_MAX)
]
ShortName = Annotated[str, line(TAG_CHARACTERS_MAX), Field(min_length=1, max_length=TAG_CHARACTERS_MAX)]
OneColor = Annotated[Color, one_of(Color)]
OneProvider = Annotated[Provider, one_of(Provider)]
ProviderId = Annotated[str, line(PROVIDER_ID_CHARACTERS_MAX), Field(max_length=PROVIDER_ID_CHARACTERS_MAX)]
EventName = Annotated[str, line(EVENT_NAME_CHARACTERS_MAX), Field(max_length=EVENT_NAME_CHARACTERS_MAX)]
CaptureParams = Annotated[list[str], BeforeValidator(_capture_params)]


class CampaignUtm(RecordModel):
    """The UTM parameters of new links of a campaign."""

    source: Utm | None = None
    medium: Utm | None = None
    campaign: Utm | None = None
    term: Utm | None = None
    content: Utm | None = None


class _Label(RecordModel):
    model_config = ConfigDict(validate_default=False)


class _CampaignFields(_Label):
    description: Description | None = UNCHANGED
    utm: CampaignUtm | None = UNCHANGED
    starts_at: Instant | None = UNCHANGED
    ends_at: Instant | None = UNCHANGED

    def given(self) -> dict[str, object]:
        """Return the fields that were set, in their stored form."""
        values = super().given()
        utm = values.get("utm")
        if isinstance(utm, CampaignUtm):
            values["utm"] = {name: value for name, value in utm.given().items() if value is not None} or None
        return values


class NewCampaign(_CampaignFields):
    """A campaign to be created."""

    name: Name


class CampaignChanges(_CampaignFields):
    """Changes to a campaign; None removes an optional field."""

    name: Name = UNCHANGED


class NewTag(_Label):
    """A tag to be created."""

    name: ShortName
    color: OneColor = UNCHANGED


class TagChanges(_Label):
    """Changes to a tag. A new name is also that on its links."""

    name: ShortName = UNCHANGED
    color: OneColor = UNCHANGED


class NewFolder(_Label):
    """A folder to be created."""

    name: Name
    description: ShortDescription | None = UNCHANGED


class FolderChanges(_Label):
    """Changes to a folder; None removes its description."""

    name: Name = UNCHANGED
    description: ShortDescription | None = UNCHANGED


class _UtmTemplateFields(_Label):
    utm_source: Utm | None = UNCHANGED
    utm_medium: Utm | None = UNCHANGED
    utm_campaign: Utm | None = UNCHANGED
    utm_term: Utm | None = UNCHANGED
    utm_content: Utm | None = UNCHANGED


class NewUtmTemplate(_UtmTemplateFields):
    """A template to be created."""

    name: ShortName


class UtmTemplateChanges(_UtmTemplateFields):
    """Changes to a template; None removes a parameter. Links that it filled before stay as they are."""

    name: ShortName = UNCHANGED


class _PixelFields(_Label):
    description: ShortDescription | None = UNCHANGED
    event_name: EventName | None = UNCHANGED
    conversion_tracking: StrictBool = UNCHANGED
    enabled: StrictBool = UNCHANGED
    expires_at: Instant | None = UNCHANGED
    fires_limit: ClicksLimit | None = UNCHANGED
    capture_params: CaptureParams = UNCHANGED


class NewPixel(_PixelFields):
    """A pixel to be created."""

    name: Name
    provider: OneProvider
    provider_id: ProviderId


class PixelChanges(_PixelFields):
    """Changes to a pixel; None removes an optional field."""

    name: Name = UNCHANGED
    provider: OneProvider = UNCHANGED
    provider_id: ProviderId = UNCHANGED


def check_campaign(campaign: Mapping[str, Any], faults: FieldErrors) -> None:
    starts, ends = campaign.get("starts_at"), campaign.get("ends_at")
    if starts is not None and ends is not None and ends <= starts:
        faults.add("ends_at", "invalid", "`ends_at` must be later than `starts_at`.")


def check_pixel(pixel: Mapping[str, Any], faults: FieldErrors) -> None:
    form, words = _PROVIDER_IDS[pixel["provider"]]
    if not re.fullmatch(form, pixel["provider_id"], re.ASCII):
        faults.add("provider_id", "invalid", f"`provider_id` must be {words} for this provider.")
