"""GET and HEAD /{slug+} and / - the destination of a short link, or a page that says why there is none."""

from pixel.foundation import JsonObject
from pixel.redirects.handlers import answer_visit


def handler(event: JsonObject, _context: object) -> JsonObject:
    return answer_visit(event)
