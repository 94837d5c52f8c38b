"""GET /openapi.yaml describes this API to anybody."""

from functions.openapi.get_openapi.handler import handler
from local.template.documents import read_yaml
from pixel import __version__
from tests import openapi
from tests.conftest import Output
from tests.routes.gateway import FIXED_HEADERS, event


def test_the_answer_is_the_document_and_may_be_kept(output: Output) -> None:
    asked = event("get_openapi")

    response = handler(asked, None)

    assert "authorizer" not in asked["requestContext"]
    assert (response["statusCode"], response["isBase64Encoded"]) == (200, False)
    assert response["headers"] == {
        **FIXED_HEADERS,
        "Content-Type": "application/yaml",
        "Cache-Control": "public, max-age=300",
    }
    assert response["body"] == openapi.DOCUMENT.read_text()
    (line,) = output.logged("request")
    assert (line["route"], line["status"]) == ("GET /api/v1/openapi.yaml", 200)


def test_it_describes_itself_and_the_version_that_answers() -> None:
    response = handler(event("get_openapi"), None)

    served = read_yaml(response["body"])

    assert (served["openapi"], served["info"]["version"]) == ("3.1.0", __version__)
    route = ("get", "/api/v1/openapi.yaml")
    assert openapi.faults_of_answer(*route, 200, response["headers"]["Content-Type"], served) == []
