"""POST /{slug+} - the password of a short link."""

from pixel.foundation import JsonObject
from pixel.redirects.handlers import answer_password


def handler(event: JsonObject, _context: object) -> JsonObject:
    return answer_password(event)
