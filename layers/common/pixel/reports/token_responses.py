"""The responses with tokens for querying Tinybird directly, for one pipe or several."""

from collections.abc import Mapping

from pixel.auth.caller import Caller
from pixel.aws.json_service import AwsError
from pixel.foundation import JsonObject
from pixel.foundation.clock import iso_of_epoch
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.foundation.observability import count, logger
from pixel.foundation.settings import ConfigurationError
from pixel.tinybird import tokens
from pixel.tinybird.catalogue import Pipe
from pixel.tinybird.tokens import Token


def mint_token(caller: Caller, pipe: Pipe, fixed: dict[str, str]) -> JsonObject:
    """Return a token for the pipe with these fixed parameters."""
    token = _mint(caller, pipe, fixed)
    return {"token": token.text, "pipe": token.pipe, "url": token.url, "expires_at": iso_of_epoch(token.expires_at)}


def mint_tokens(caller: Caller, fixed_by_pipe: Mapping[str, Mapping[str, str]]) -> JsonObject:
    """Return one token for several pipes with these fixed parameters. Times are those of this server."""
    try:
        text, expires_at = tokens.sign(fixed_by_pipe, name=token_name(caller))
    except (AwsError, ConfigurationError) as failure:
        raise tinybird_failure(str(failure)) from failure
    issued_at = expires_at - tokens.VALID_SECONDS
    return {
        "token": text,
        "pipes": [{"pipe": pipe, "url": tokens.url_of(pipe)} for pipe in fixed_by_pipe],
        "server_time": iso_of_epoch(issued_at),
        "refresh_after": iso_of_epoch(issued_at + tokens.REFRESH_SECONDS),
        "expires_at": iso_of_epoch(expires_at),
    }


def _mint(caller: Caller, pipe: Pipe, fixed: dict[str, str]) -> Token:
    try:
        return tokens.mint(pipe.name, fixed, name=token_name(caller))
    except (AwsError, ConfigurationError) as failure:
        raise tinybird_failure(str(failure)) from failure


def token_name(caller: Caller) -> str:
    """Return the name of the tokens of a caller in Tinybird's logs."""
    return f"{caller.workspace_id}.{caller.key_id}"


def tinybird_failure(reason: str) -> ApiError:
    """Log and count a request to Tinybird that failed, and return the error to answer."""
    logger.error("tinybird request failed", reason=reason)
    count("TinybirdFailures")
    return ApiError(ErrorCode.TINYBIRD_ERROR)
