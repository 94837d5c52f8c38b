"""GET /api/v1/openapi.yaml - this API in OpenAPI 3.1."""

from pixel.http.openapi_document import openapi_document
from pixel.http.public_route import public_route
from pixel.http.response import Answer


@public_route
def handler() -> Answer:
    return Answer(openapi_document())
