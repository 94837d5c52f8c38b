"""GET /robots.txt and two files below /.well-known - what crawlers and apps ask of a link domain."""

from pixel.foundation import JsonObject
from pixel.redirects.handlers import answer_domain_file


def handler(event: JsonObject, _context: object) -> JsonObject:
    return answer_domain_file(event)
