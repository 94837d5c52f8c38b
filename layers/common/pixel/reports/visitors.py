"""The visitor id in a path: one segment, percent-encoded."""

from urllib.parse import unquote_to_bytes

from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.ids import ID_CHARACTERS_MAX


def read_visitor_id(segment: str) -> str:
    """Decode and trim the id, which API Gateway does not decode. Raises ApiError if it is invalid."""
    try:
        visitor_id = unquote_to_bytes(segment).decode().strip()
    except UnicodeDecodeError:
        raise ApiError(ErrorCode.INVALID_VISITOR) from None
    if not 0 < len(visitor_id) <= ID_CHARACTERS_MAX or not visitor_id.isprintable():
        raise ApiError(ErrorCode.INVALID_VISITOR)
    return visitor_id
