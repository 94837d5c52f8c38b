"""A client of the API which keeps errors as answers."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import urllib3
from urllib3.exceptions import HTTPError, SSLError

from pixel.foundation.errors import FieldError
from pixelctl.failures import ControlError

_TIMEOUT = urllib3.Timeout(connect=5, read=30)


class Reply(NamedTuple):
    status: int
    body: dict[str, Any]  # empty if it is not a JSON object
    retry_after: str
    text: str = ""

    @property
    def data(self) -> dict[str, Any]:
        data = self.body.get("data")
        return data if isinstance(data, dict) else {}

    @property
    def is_without_warehouse(self) -> bool:
        """Whether the API answered what it knows without the warehouse, which it could not ask."""
        meta = self.body.get("meta")
        return isinstance(meta, dict) and meta.get("warehouse") == "unavailable"

    @property
    def faults(self) -> list[FieldError]:
        """Return the faults of the request that the API names, none if it refuses for another reason."""
        try:
            return [FieldError(**fault) for fault in self.body["error"]["details"]["fields"]]
        except (KeyError, TypeError):
            return []

    def __str__(self) -> str:
        error = self.body.get("error")
        if not isinstance(error, dict):
            return f"HTTP {self.status}"
        request_id = self.body.get("meta", {}).get("request_id", "no request id")
        return f"HTTP {self.status} {error.get('code')} ({request_id}): {error.get('message')}"


class ApiClient:
    def __init__(self, url: str, key: str | None = None) -> None:
        self._url = url.rstrip("/")
        self._headers = {"User-Agent": "pixelctl"} | ({} if key is None else {"Authorization": f"Bearer {key}"})
        self._http = urllib3.PoolManager(maxsize=1, retries=False, timeout=_TIMEOUT)

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Reply:
        return self._send("GET", path, fields=query)

    def post(self, path: str, body: Mapping[str, Any]) -> Reply:
        return self._send("POST", path, json=body)

    def _send(self, method: str, path: str, **content: Any) -> Reply:
        try:
            response = self._http.request(method, self._url + path, headers=self._headers, redirect=False, **content)
        except SSLError as failure:
            raise ControlError(
                f"The certificate of {self._url} cannot be trusted: {failure}. Check the address."
            ) from failure
        except HTTPError as failure:
            raise ControlError(
                f"{self._url} does not answer ({type(failure).__name__}); check the address and the network."
            ) from failure
        retry_after = response.headers.get("Retry-After", "")
        return Reply(response.status, _object(response.data), retry_after, response.data.decode(errors="replace"))


def _object(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
