"""QR codes of short links, as SVG or PNG. A scan is told apart from other clicks by `qr=1` in the address."""

import json
from base64 import b64encode
from io import BytesIO
from typing import Annotated, Any, Final, Literal, NamedTuple

import segno
from pydantic import BeforeValidator, Field, ValidationInfo
from segno.encoder import DataOverflowError

from pixel.foundation.errors import ErrorCode, ErrorDefinition, FieldErrors, field_error
from pixel.http.conditional import tagged
from pixel.http.field_checks import invalid, wrong_type
from pixel.http.query import QueryParameters
from pixel.http.response import Document, RawJson, Response
from pixel.http.route import Request
from pixel.links.models import Destination
from pixel.smart_links.bodies import read_model, read_object
from pixel.smart_links.link_routes import find_link, link_store
from pixel.smart_links.link_shape import short_url
from pixel.smart_links.names import fault_as_written
from pixel.workspaces.models import InvalidFieldsError, RecordModel, checked, one_of, text

Format = Literal["svg", "png"]
Level = Literal["L", "M", "Q", "H"]

SIZE_MIN, SIZE_MAX = 64, 4096
MARGIN_MAX: Final = 16
CONTRAST_MIN: Final = 3
TRANSPARENT: Final = "transparent"
SVG, PNG = "image/svg+xml", "image/png"
_WHITE: Final = "ffffff"
_HEX_DIGITS: Final = 6
# The answer for one link is its key's alone, and a picture or JSON by what the client accepts.
_HEADERS: Final = {"Cache-Control": "private, max-age=86400", "Vary": "Accept"}


def _whole_number(lowest: int, highest: int) -> BeforeValidator:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type("must be a whole number.")
        if not lowest <= value <= highest:
            raise invalid(f"must be a whole number from {lowest:,} to {highest:,}.")
        return value

    return BeforeValidator(check)


def _color(value: Any) -> str:
    digits = text(value).lower()
    if len(digits) != _HEX_DIGITS or not set(digits) <= set("0123456789abcdef"):
        raise invalid("must be a color of 6 hex digits, such as 1d4ed8.")
    return digits


def _background(value: Any, info: ValidationInfo) -> str:
    """Return the color behind the modules. White is taken for what shows through a transparent one."""
    color = TRANSPARENT if value == TRANSPARENT else _color(value)
    behind = _WHITE if color == TRANSPARENT else color
    if "fg" in info.data and contrast(info.data["fg"], behind) < CONTRAST_MIN:
        raise invalid(f"must have a contrast of at least {CONTRAST_MIN} to 1 with `fg`, or scanners do not read it.")
    return color


class QrStyle(RecordModel):
    """What a QR code looks like."""

    format: Annotated[Format, one_of(Format)] = "svg"
    size: Annotated[int, _whole_number(SIZE_MIN, SIZE_MAX)] = 512
    margin: Annotated[int, _whole_number(0, MARGIN_MAX)] = 4
    level: Annotated[Level, one_of(Level)] = "M"
    fg: Annotated[str, BeforeValidator(_color)] = "000000"
    bg: Annotated[str, BeforeValidator(_background)] = Field(default=_WHITE, validate_default=True)


class NewQrCode(QrStyle):
    """What a QR code leads to, an address or a link, and what it looks like."""

    url: Destination | None = None
    link_id: Annotated[str, BeforeValidator(text)] | None = None


class Picture(NamedTuple):
    """A QR code as a file."""

    media_type: str
    content: bytes

    def shown(self) -> dict[str, str]:
        """Return the picture as a member of a JSON object."""
        if self.media_type == SVG:
            return {"svg": self.content.decode()}
        return {"png": b64encode(self.content).decode()}


def answer_link(request: Request) -> Response:
    """Return the code of a link: SVG, or PNG if the client accepts that first of all, else PNG in JSON."""
    style = _read_style(request)
    link = find_link(link_store(request.caller), request)
    picture = draw(f"{short_url(link)}?qr=1", style, at_fault=ErrorCode.INVALID_QUERY)
    if picture.media_type == SVG:
        return tagged(request, Document(SVG, picture.content.decode()), _HEADERS)
    if _accepts_first(request, PNG):
        return tagged(request, Document(PNG, picture.content), _HEADERS)
    return tagged(request, RawJson(json.dumps(picture.shown(), separators=(",", ":"))), _HEADERS)


def answer_any(request: Request) -> Response:
    """Return the code of a link or of an address, within JSON."""
    given = read_model(NewQrCode, read_object(request))
    if (given.url is None) == (given.link_id is None):
        sentence = "`url` or `linkId` must be given, and not both."
        raise field_error(ErrorCode.INVALID_BODY, "url", "missing" if given.url is None else "invalid", sentence)
    address = given.url
    if address is None:
        named = request._replace(path={"linkId": str(given.link_id)})
        address = f"{short_url(find_link(link_store(request.caller), named))}?qr=1"
    return Response(draw(address, given, at_fault=ErrorCode.INVALID_BODY).shown())


def draw(address: str, style: QrStyle, *, at_fault: ErrorDefinition) -> Picture:
    """Draw the code of an address. A PNG has whole pixels for each module, as many as fit into the size."""
    try:
        code = segno.make_qr(address, error=style.level, boost_error=False)
    except DataOverflowError:
        sentence = f"`url` is too long for a QR code of the level {style.level}; shorten it, or use a lower level."
        raise field_error(at_fault, "url", "too_long", sentence) from None
    modules, _ = code.symbol_size(border=style.margin)
    file = BytesIO()
    colors = {"dark": f"#{style.fg}", "light": None if style.bg == TRANSPARENT else f"#{style.bg}"}
    if style.format == "svg":
        code.save(
            file,
            kind="svg",
            border=style.margin,
            omitsize=True,
            svgclass=None,
            lineclass=None,
            nl=False,
            xmldecl=False,
            **colors,
        )
        size = f'width="{style.size}" height="{style.size}" viewBox='
        return Picture(SVG, file.getvalue().replace(b"viewBox=", size.encode(), 1))
    if style.size < modules:
        sentence = f"`size` must be at least {modules:,}, a pixel for each module of this code and of its margin."
        raise field_error(at_fault, "size", "invalid", sentence)
    code.save(file, kind="png", border=style.margin, scale=style.size // modules, **colors)
    return Picture(PNG, file.getvalue())


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colors, from 1 to 21, as WCAG 2 defines it."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _read_style(request: Request) -> QrStyle:
    parameters = QueryParameters(request.query, QrStyle.model_fields)
    given: dict[str, Any] = {
        "size": parameters.integer("size", SIZE_MIN, SIZE_MAX),
        "margin": parameters.integer("margin", 0, MARGIN_MAX),
        **{name: parameters.non_empty_text(name) for name in ("format", "level", "fg", "bg")},
    }
    faults: FieldErrors = parameters.faults
    try:
        style = checked(QrStyle, {name: value for name, value in given.items() if value is not None})
    except InvalidFieldsError as failure:
        for fault in failure.faults:
            faults.add(*fault_as_written(fault))
        raise faults.as_error(ErrorCode.INVALID_QUERY) from None
    parameters.raise_faults()
    return style


def _accepts_first(request: Request, media_type: str) -> bool:
    """Return whether a type is the first that a client accepts: API Gateway sends binary bodies to no other."""
    return (request.header("accept") or "").partition(",")[0].strip().lower() == media_type
