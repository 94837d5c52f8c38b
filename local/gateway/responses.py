"""Gateway responses, which API Gateway sends itself, with the bodies that the template declares."""

import json

from local.gateway.call import Call, HttpResponse
from local.gateway.definition import Document

DEFAULT_STATUS = {
    "ACCESS_DENIED": 403,
    "API_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500,
    "BAD_REQUEST_PARAMETERS": 400,
    "BAD_REQUEST_BODY": 400,
    "EXPIRED_TOKEN": 403,
    "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504,
    "INVALID_API_KEY": 403,
    "INVALID_SIGNATURE": 403,
    "MISSING_AUTHENTICATION_TOKEN": 403,
    "QUOTA_EXCEEDED": 429,
    "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404,
    "THROTTLED": 429,
    "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "WAF_FILTERED": 403,
    # Errors without a type of their own use a default directly.
    "DEFAULT_4XX": 400,
    "DEFAULT_5XX": 502,
}
_WITHOUT_TEMPLATE = '{"message":$context.error.messageString}'


def render(declared: dict[str, Document], kind: str, call: Call) -> HttpResponse:
    status = DEFAULT_STATUS[kind]
    fallback = "DEFAULT_5XX" if status >= 500 else "DEFAULT_4XX"
    response = declared.get(kind) or declared.get(fallback) or {}
    message = kind.replace("_", " ").capitalize()
    call.context.update(
        {"error.responseType": kind, "error.message": message, "error.messageString": json.dumps(message)}
    )
    template = response.get("responseTemplates", {}).get("application/json", _WITHOUT_TEMPLATE)
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": kind} | {
        name.removeprefix("gatewayresponse.header."): _header_value(value, call)
        for name, value in response.get("responseParameters", {}).items()
        if name.startswith("gatewayresponse.header.")
    }
    return HttpResponse(
        status=int(response.get("statusCode", status)),
        headers=[*headers.items()],
        body=call.substitute(template).encode(),
    )


def _header_value(value: str, call: Call) -> str:
    if value.startswith("'"):
        return value[1:-1]
    if value.startswith("context."):
        return call.substitute(f"${value}")
    if value.startswith("method.request.header."):
        return call.request.header(value.rpartition(".")[2].lower()) or ""
    return ""
