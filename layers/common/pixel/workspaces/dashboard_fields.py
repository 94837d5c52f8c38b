"""What a dashboard shows, as fields of share links and of an owner's sessions."""

import re
from collections.abc import Collection
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from pixel.events.filters import DASHBOARD_FILTERS, read_filter, read_step
from pixel.http.field_checks import invalid, wrong_type
from pixel.http.query import TEXT_CHARACTERS_MAX, QueryParameters
from pixel.workspaces.domains import checked_domain
from pixel.workspaces.models import chosen, one_of, text
from pixel.workspaces.vocabulary import OWNER_PANELS, PANELS, PERIODS, OwnerPanel, Panel, Period, Theme

EMBED_ORIGINS_MAX: Final = 10
MIN_VISITORS_MAX: Final = 100
STEPS_MIN, STEPS_MAX = 2, 10
_STEP = re.compile(r"/.*|goal:.+|payment(:.+)?", re.ASCII | re.DOTALL)
_LOOPBACK = {"localhost", "127.0.0.1"}
_ORIGIN = "must be origins such as https://www.example.com, without a path."


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list | tuple):
        raise wrong_type("must be an array.")
    return [text(one) for one in value]


def checked_filters(value: Any, allowed: tuple[str, ...]) -> dict[str, str]:
    """Return the filters as events are written, of which only those that are allowed may be given."""
    if not isinstance(value, dict):
        raise wrong_type("must be an object whose values are text.")
    if set(value) - set(allowed):
        raise invalid(f"may have only the filters {', '.join(allowed)}.")
    parameters = QueryParameters({name: [text(one)] for name, one in value.items()}, allowed)
    read = {name: read_filter(parameters, name) for name in value}
    if parameters.faults.found:
        raise invalid(f"has an invalid value: {parameters.faults.found[0].message}")
    found = {name: one for name, one in read.items() if one}
    if len(found) < len(value):
        raise invalid("must not have an empty value; give it one or leave the filter out.")
    return found


def _origin(value: str) -> str:
    try:
        parts = urlsplit(value.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise invalid(_ORIGIN) from None
    is_local = parts.scheme == "http" and host in _LOOPBACK
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None or parts.password:
        raise invalid(_ORIGIN)
    if parts.scheme != "https" and not is_local:
        raise invalid("must be origins that begin with https://, or http:// on this machine.")
    host = host if is_local else checked_domain(host)
    return f"{parts.scheme}://{host}" + ("" if port is None else f":{port}")


def _embed_origins(value: Any) -> list[str]:
    given = _texts(value)
    if len(given) > EMBED_ORIGINS_MAX:
        raise invalid(f"must have at most {EMBED_ORIGINS_MAX} origins.")
    return list(dict.fromkeys(map(_origin, given)))


def _min_visitors(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type("must be a whole number.")
    if not 0 <= value <= MIN_VISITORS_MAX:
        raise invalid(f"must be a number of visitors from 0 to {MIN_VISITORS_MAX}.")
    return value


def _steps(value: Any) -> list[str]:
    steps = [read_step(step.strip()) for step in _texts(value)]
    if steps and not STEPS_MIN <= len(steps) <= STEPS_MAX:
        raise invalid(f"must be {STEPS_MIN} to {STEPS_MAX} steps, or none.")
    if any(not _STEP.fullmatch(step) or "," in step or not step.isprintable() for step in steps):
        raise invalid("must each be a path that starts with /, goal:name, payment or payment:product, without commas.")
    if len(",".join(steps)) > TEXT_CHARACTERS_MAX:
        raise invalid(f"must have at most {TEXT_CHARACTERS_MAX:,} characters together.")
    return steps


def needs_steps(panels: Collection[str], steps: Collection[str] | None) -> bool:
    """Return whether the panels show a funnel that has no steps."""
    return "funnel" in panels and not steps


def _funnel_has_steps[Shown: str](panels: list[Shown], info: ValidationInfo) -> list[Shown]:
    if needs_steps(panels, info.data.get("steps")):
        raise invalid("must not have funnel without `steps`; give the steps of the funnel.")
    return panels


Panels = Annotated[list[Panel], BeforeValidator(lambda value: chosen(value, PANELS)), Field(min_length=1)]
PanelsWithSteps = Annotated[Panels, AfterValidator(_funnel_has_steps)]
"""Panels of something new, whose model has the field `steps` before."""
OwnerPanels = Annotated[
    list[OwnerPanel],
    BeforeValidator(lambda value: chosen(value, OWNER_PANELS)),
    Field(min_length=1),
    AfterValidator(_funnel_has_steps),
]
"""Panels of an owner's session, whose model has the field `steps` before."""
Periods = Annotated[list[Period], BeforeValidator(lambda value: chosen(value, PERIODS)), Field(min_length=1)]
Filters = Annotated[dict[str, str], BeforeValidator(lambda value: checked_filters(value, DASHBOARD_FILTERS))]
EmbedOrigins = Annotated[list[str], BeforeValidator(_embed_origins), Field(max_length=EMBED_ORIGINS_MAX)]
OneTheme = Annotated[Theme, one_of(Theme)]
MinVisitors = Annotated[int, BeforeValidator(_min_visitors), Field(ge=0, le=MIN_VISITORS_MAX)]
Steps = Annotated[list[str], BeforeValidator(_steps), Field(max_length=STEPS_MAX)]
