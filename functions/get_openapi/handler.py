"""GET /api/v1/openapi.yaml - this API in OpenAPI 3.1."""

from pixel.answers import Answer
from pixel.openapi_document import openapi_document
from pixel.public_route import public_route


@public_route
def handler() -> Answer:
    return Answer(openapi_document())
