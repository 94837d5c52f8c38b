"""Moto's DynamoDB in this process, as a `Database` calls it: without HTTP, a call takes a tenth of the time."""

import json
import re
import threading
from typing import Any

import moto.backends
from moto.core.exceptions import JsonRESTError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.responses import DynamoHandler

from pixel.aws.json_service import AwsRefusedError
from pixel.foundation import JsonObject
from tests.environment import REGION

_BACKENDS: Any = moto.backends


class MotoInProcess:
    """The tables of moto's server, if one runs in this process. In place of a `JsonService`.

    Calls of several threads are made one after the other, so that they are atomic, as those to DynamoDB are.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def call(self, operation: str, payload: JsonObject, *, idempotent: bool) -> JsonObject:  # noqa: ARG002 - as there
        handler: Any = DynamoHandler()
        handler.current_account, handler.region = DEFAULT_ACCOUNT_ID, REGION
        handler.body = handler.params = payload
        try:
            with self._turn:
                found: JsonObject = getattr(handler, _function(operation))().result
        except JsonRESTError as refusal:
            raise AwsRefusedError(f"dynamodb {operation}", 400, json.loads(refusal.description)) from None
        return found


def empty(table: str) -> None:
    """Delete the items of a table; moto passes over all of them to query an index."""
    _BACKENDS.get_backend("dynamodb")[DEFAULT_ACCOUNT_ID][REGION].tables[table].items.clear()


def _function(operation: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
