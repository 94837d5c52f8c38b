"""What API Gateway passes to a function. Redirects read it too, and import nothing else of this package."""

from collections.abc import Mapping, Sequence

from pixel.foundation import JsonObject


def query_of(event: JsonObject) -> Mapping[str, Sequence[str]]:
    """Return the decoded query parameters."""
    return event["multiValueQueryStringParameters"] or {}


def headers_of(event: JsonObject) -> Mapping[str, Sequence[str]]:
    """Return the values of each header, by its name in lower case."""
    return {name.lower(): values for name, values in (event["multiValueHeaders"] or {}).items()}


def request_id_of(event: JsonObject) -> str:
    return f"req_{event['requestContext']['requestId']}"
