"""Secrets from the SSM parameter store, cached for some minutes; the environment never contains one."""

from collections.abc import Callable
from typing import NamedTuple

from pixel.aws.json_service import AwsError, AwsRefusedError, JsonService, Protocol
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.container import kept, made_once
from pixel.foundation.observability import logger
from pixel.foundation.settings import ConfigurationError, aws_environment, settings

PROTOCOL = Protocol("ssm", "AmazonSSM", "application/x-amz-json-1.1")
CACHE_SECONDS = 300
_RETRY_SECONDS = 30


class _Cached(NamedTuple):
    value: str | None
    read_at: float


_cached: dict[str, _Cached] = kept({})


def read_secret(name: str, service: Callable[[], JsonService] | None = None) -> str:
    """Return a secret, read at most five minutes ago unless the store cannot be reached.

    `service` returns the parameter store, if not with as much time as most functions have for it.
    """
    cached = _cached.get(name)
    fresh_seconds = CACHE_SECONDS if cached is not None and cached.value is not None else _RETRY_SECONDS
    if cached is None or epoch_seconds() - cached.read_at >= fresh_seconds:
        cached = _refresh(name, cached, service)
    if cached.value is None:
        raise ConfigurationError(f"the parameter {name} does not exist; store it and try again")
    return cached.value


def refresh_secret(name: str) -> str:
    """Read a secret again after it was rejected, because it may have been rotated.

    The store is called at most once in 30 seconds.
    """
    cached = _cached.get(name)
    if cached is not None and epoch_seconds() - cached.read_at >= _RETRY_SECONDS:
        _cached[name] = _refresh(name, cached)
    return read_secret(name)


def _refresh(name: str, cached: _Cached | None, service: Callable[[], JsonService] | None = None) -> _Cached:
    try:
        value = _fetch((service or _service)(), f"{settings().secrets_path}/{name}")
    except AwsError as failure:
        if cached is None or cached.value is None:
            raise
        logger.warning("secret could not be refreshed; using the cached value", secret=name, reason=str(failure))
        value = cached.value
    _cached[name] = _Cached(value, epoch_seconds())
    return _cached[name]


def _fetch(service: JsonService, path: str) -> str | None:
    try:
        response = service.call("GetParameter", {"Name": path, "WithDecryption": True}, idempotent=True)
    except AwsRefusedError as failure:
        if failure.kind == "ParameterNotFound":
            return None
        raise
    return str(response["Parameter"]["Value"]).strip()  # a pasted value often ends in a line break


@made_once
def _service() -> JsonService:
    return JsonService(PROTOCOL, aws_environment())
