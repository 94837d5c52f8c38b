"""Another time for what happens by itself: `POST /_local/tick` calls the function tick with a time of one's own."""

import json
from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from local.gateway.call import HttpRequest, HttpResponse
from local.lambdas.functions import Function
from pixel.foundation.clock import now, read_instant, to_iso

PATH: Final = "/_local/tick"
_FUNCTION: Final = "tick"


class Ticker:
    """Calls the schedule's function, as the schedule does, at the time that a request says."""

    def __init__(self, functions: Iterable[Function]) -> None:
        self._function = next((one for one in functions if one.program.name == _FUNCTION), None)

    async def answer(self, request: HttpRequest) -> HttpResponse | None:
        """Return what the function answered, or None if the request is for somebody else."""
        if request.path != PATH or self._function is None:
            return None
        if request.method != "POST":
            return _json({"message": "Send POST."}, HTTPStatus.METHOD_NOT_ALLOWED)
        try:
            body = json.loads(request.body or b"{}")
            at = read_instant(body["at"]) if "at" in body else now()
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
            return _json({"message": "`at` must be an instant with a time zone."}, HTTPStatus.BAD_REQUEST)
        return _json(await self.tick(at), HTTPStatus.OK)

    async def tick(self, at: datetime) -> Any:
        """Call the function with a time, and return what it answered."""
        if self._function is None:
            return {}
        event = {"source": "aws.events", "detail-type": "Scheduled Event", "time": to_iso(at)}
        answered = await self._function.invoke(json.dumps(event).encode())
        return json.loads(answered.payload)


def _json(content: Any, status: HTTPStatus) -> HttpResponse:
    return HttpResponse(status, [("Content-Type", "application/json")], json.dumps(content).encode())
