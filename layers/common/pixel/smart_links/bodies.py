"""Bodies of requests, and the creation of one record by one request, however often that is sent."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.tables import Action
from pixel.foundation.errors import ErrorCode, FieldErrors
from pixel.http.field_checks import wrong_type
from pixel.http.request_bodies import idempotency_key, read_json, unreadable
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.smart_links.names import as_written
from pixel.workspaces.create_claims import AlreadyCreatedError, CreateClaim
from pixel.workspaces.models import InvalidFieldsError, RecordModel, checked

BODY_BYTES_MAX = 262_144


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong_type("must be an object.")
    return value


ObjectWithin = Annotated[dict[str, Any], BeforeValidator(_object)]
"""A field that is an object, which `read_within` reads."""

Claiming = Callable[[Item], Iterable[Action]]
"""Returns the actions that claim an Idempotency-Key for a record, in the transaction that creates it."""


class Created(NamedTuple):
    """A record, and whether an earlier request created it."""

    item: Item
    is_replayed: bool

    def response(self, data: object) -> Response:
        """Return the response to the creation, which says if it is not the first."""
        return Response(data, 201, headers={"Idempotent-Replayed": "true"} if self.is_replayed else {})


def read_object(request: Request, *, bytes_max: int = BODY_BYTES_MAX) -> dict[str, Any]:
    """Return the body, which must be a JSON object."""
    body = read_json(request, bytes_max=bytes_max)
    if not isinstance(body, dict):
        raise unreadable("The body must be a JSON object.")
    return body


def read_model[Model: RecordModel](model: type[Model], body: Mapping[str, Any]) -> Model:
    """Return the body as a model, in which fields have the names that callers write."""
    read: Model = checked(as_written(model), body)
    return read


def read_within[Model: RecordModel](name: str, model: type[Model], value: Mapping[str, Any]) -> Model:
    """Return an object within a body as a model; its faults name the fields with the place of the object."""
    try:
        return read_model(model, value)
    except InvalidFieldsError as failure:
        faults = FieldErrors()
        for path, code, message in failure.faults:
            is_about_a_field = message.startswith("`")
            faults.add(
                f"{name}.{path}" if is_about_a_field else name,
                code,
                f"`{name}.{message[1:]}" if is_about_a_field else message,
            )
        raise faults.as_error(ErrorCode.INVALID_BODY) from None


def create_once(
    request: Request,
    name: str,
    body: Mapping[str, Any],
    *,
    create: Callable[[Claiming], Item],
    find: Callable[[str], Item],
) -> Created:
    """Create a record, or return the one that an earlier request with the same Idempotency-Key and body created.

    `create` gets what it must write with the record. `name` is that of the kind, with the place in a list of several.
    """
    claim = _claim(request, name, body)
    if claim is None:
        return Created(create(lambda _item: ()), is_replayed=False)
    try:
        claim.require_new()
        item = create(lambda item: [claim.action(item)])
    except AlreadyCreatedError as earlier:
        return Created(find(earlier.record_id), is_replayed=True)
    return Created(item, is_replayed=False)


def _claim(request: Request, name: str, body: Mapping[str, Any]) -> CreateClaim | None:
    key = idempotency_key(request)
    if key is None:
        return None
    claim = f"{request.caller.workspace_id}#create#{name}#{key}"
    return CreateClaim.named(tables.database(), claim, body=body, secret_fields=_SECRET_FIELDS)


_SECRET_FIELDS: Collection[str] = ("password",)
