"""The settings of the browser pixel of a website. Each has a default, and pages get those that differ from it."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from pixel.http.field_checks import invalid, wrong_type
from pixel.workspaces.domains import Domain, Domains
from pixel.workspaces.models import UNCHANGED, one_of, text
from pixel.workspaces.pixel_defaults import Gpc, PixelConsent, PixelMode

LISTED_MAX: Final = 20
PARAMETER_CHARACTERS_MAX: Final = 64
PATTERN_CHARACTERS_MAX: Final = 200
WILDCARDS_MAX: Final = 3
"""In one pattern: with more, a long path takes the browser of a visitor seconds to compare."""
_PARAMETER = re.compile(rf"[A-Za-z0-9_.~-]{{1,{PARAMETER_CHARACTERS_MAX}}}")
_PATTERN = re.compile(r"/\S*")


def _listed(check: Callable[[str], str]) -> Callable[[Any], list[str]]:
    def read(value: Any) -> list[str]:
        if not isinstance(value, list | tuple):
            raise wrong_type("must be an array.")
        if len(value) > LISTED_MAX:
            raise invalid(f"must have at most {LISTED_MAX} entries.")
        return list(dict.fromkeys(check(text(one).strip()) for one in value))

    return read


def _parameter(value: str) -> str:
    if not _PARAMETER.fullmatch(value):
        raise invalid(
            f"must be names of query parameters, of 1 to {PARAMETER_CHARACTERS_MAX} letters, digits and _ . ~ -."
        )
    return value


def _pattern(value: str) -> str:
    if len(value) > PATTERN_CHARACTERS_MAX or not value.isprintable() or not _PATTERN.fullmatch(value):
        raise invalid(
            "must be paths that begin with /, in which * stands for any text, of at most "
            f"{PATTERN_CHARACTERS_MAX} characters, such as /admin*."
        )
    if len(re.findall(r"\*+", value)) > WILDCARDS_MAX:
        raise invalid(f"must be paths with at most {WILDCARDS_MAX} wildcards (*) each.")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise wrong_type("must be true or false.")
    return value


Mode = Annotated[PixelMode, one_of(PixelMode)]
Consent = Annotated[PixelConsent, one_of(PixelConsent)]
OneGpc = Annotated[Gpc, one_of(Gpc)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Parameters = Annotated[list[str], BeforeValidator(_listed(_parameter)), Field(max_length=LISTED_MAX)]
Patterns = Annotated[list[str], BeforeValidator(_listed(_pattern)), Field(max_length=LISTED_MAX)]


class GivenPixelSettings(BaseModel):
    """Settings of the browser pixel, of which any may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, hide_input_in_errors=True)

    mode: Mode = UNCHANGED
    consent: Consent = UNCHANGED
    gpc: OneGpc = UNCHANGED
    hash: Flag = UNCHANGED
    outbound: Flag = UNCHANGED
    downloads: Flag = UNCHANGED
    forms: Flag = UNCHANGED
    cookie_domain: Domain | None = UNCHANGED
    domains: Domains = UNCHANGED
    query_params_kept: Parameters = UNCHANGED
    exclude: Patterns = UNCHANGED
