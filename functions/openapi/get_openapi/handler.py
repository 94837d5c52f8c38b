"""GET /api/v1/openapi.yaml - the OpenAPI 3.1 document of this API."""

from pixel.http.openapi_document import openapi_document
from pixel.http.public_route import PublicRequest, public_route
from pixel.http.response import Response


@public_route()
def handler(_request: PublicRequest) -> Response:
    return Response(openapi_document())
