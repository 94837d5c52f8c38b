"""Secrets from SSM's parameter store, kept for some minutes; none stands in the environment."""

from functools import cache
from typing import NamedTuple

from pixel.aws.json_service import AwsError, AwsRefusedError, JsonService, Protocol
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.observability import logger
from pixel.foundation.settings import ConfigurationError, aws_environment, settings

KEPT_SECONDS = 300
_ASKED_AGAIN_SECONDS = 30


class _Kept(NamedTuple):
    value: str | None
    read_at: float


_kept: dict[str, _Kept] = {}


def read_secret(name: str) -> str:
    """Return a secret, at most five minutes old unless the store cannot be reached."""
    kept = _kept.get(name)
    fresh_seconds = KEPT_SECONDS if kept is not None and kept.value is not None else _ASKED_AGAIN_SECONDS
    if kept is None or epoch_seconds() - kept.read_at >= fresh_seconds:
        kept = _read_anew(name, kept)
    if kept.value is None:
        raise ConfigurationError(f"the parameter {name} is not in the store")
    return kept.value


def reread_secret(name: str) -> str:
    """Return a secret that was refused, read anew because it may have been exchanged.

    The store is asked again only after half a minute."""
    kept = _kept.get(name)
    if kept is not None and epoch_seconds() - kept.read_at >= _ASKED_AGAIN_SECONDS:
        _kept[name] = _read_anew(name, kept)
    return read_secret(name)


def _read_anew(name: str, kept: _Kept | None) -> _Kept:
    try:
        value = _fetch(f"{settings().secrets_path}/{name}")
    except AwsError as failure:
        if kept is None or kept.value is None:
            raise
        logger.warning("secret is served from memory", secret=name, reason=str(failure))
        value = kept.value
    _kept[name] = _Kept(value, epoch_seconds())
    return _kept[name]


def _fetch(path: str) -> str | None:
    try:
        answer = _service().call("GetParameter", {"Name": path, "WithDecryption": True}, idempotent=True)
    except AwsRefusedError as failure:
        if failure.kind == "ParameterNotFound":
            return None
        raise
    return str(answer["Parameter"]["Value"]).strip()  # what was pasted into a terminal ends in a line break


@cache
def _service() -> JsonService:
    return JsonService(Protocol("ssm", "AmazonSSM", "application/x-amz-json-1.1"), aws_environment())
