"""The visitor in a path: one segment, percent-encoded, that is a visitor id or an external id."""

from urllib.parse import unquote_to_bytes

from pixel.events.digests import digest_of_external_id
from pixel.events.filters import EXTERNAL_ID, EXTERNAL_ID_CHARACTERS_MAX
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.ids import ID_CHARACTERS_MAX

ID_TYPES = ("visitor_id", EXTERNAL_ID)


def visitor_parameters(segment: str, id_type: str | None) -> dict[str, str]:
    """Return the parameters that a token must fix, which are all that can name a visitor. Raises ApiError.

    An external id becomes its hash; the empty visitor id keeps anybody from adding one to the token's URL.
    """
    if id_type == EXTERNAL_ID:
        external_id = _read_id(segment, EXTERNAL_ID_CHARACTERS_MAX)
        return {"visitor_id": "", "external_id_hash": digest_of_external_id(external_id)}
    return {"visitor_id": _read_id(segment, ID_CHARACTERS_MAX)}


def _read_id(segment: str, characters_max: int) -> str:
    """Decode and trim the id, which API Gateway does not decode. Raises ApiError if it is invalid."""
    try:
        visitor_id = unquote_to_bytes(segment).decode().strip()
    except UnicodeDecodeError:
        raise ApiError(ErrorCode.INVALID_VISITOR) from None
    if not 0 < len(visitor_id) <= characters_max or not visitor_id.isprintable():
        raise ApiError(ErrorCode.INVALID_VISITOR)
    return visitor_id
