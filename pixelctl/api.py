"""The API that a command calls with a key: over HTTP, without AWS."""

import os
from typing import NamedTuple
from urllib.parse import urlsplit

import click

from pixel.auth.keys import is_well_formed
from pixelctl.failures import ControlError
from pixelctl.invocation import CHOOSE_A_STACK, Invocation
from pixelctl.target import find_stack_file, read_stack_file

_ON_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")


class Api(NamedTuple):
    url: str
    key: str


def find_api(call: Invocation, scope: str) -> Api:
    """Return the API that --url names with the key in PIXEL_API_KEY, or the local stack with its key of this scope."""
    for name in CHOOSE_A_STACK:
        if getattr(call, name):
            raise click.UsageError(f"--{name} chooses a stack in AWS; name the API with --url instead")
    if call.local:
        if call.url:
            raise ControlError("--local and --url choose different stacks; give only one of them.")
        stack = read_stack_file(find_stack_file(), "api_url", "keys")
        return Api(stack["api_url"], stack["keys"][scope.removeprefix("pixel:")])
    url = (call.url or os.environ.get("PIXEL_API_URL") or "").rstrip("/")
    key = os.environ.get("PIXEL_API_KEY", "").strip()
    if not url:
        raise ControlError(
            "The address of the API is missing; give the stack's ApiUrl as --url or PIXEL_API_URL, or use --local."
        )
    if not _is_usable(url):
        raise ControlError("--url must be an https:// address such as the stack's output ApiUrl, without ? and #.")
    if not key:
        raise ControlError(f"The API key is missing; set PIXEL_API_KEY to a key with the scope {scope}.")
    if not is_well_formed(key):
        raise ControlError("PIXEL_API_KEY is not a valid API key; check for a missing character.")
    return Api(url, key)


def _is_usable(url: str) -> bool:
    """Return whether a key may be sent to the address: over TLS, or without it on this machine."""
    try:
        parts = urlsplit(url)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _ON_THIS_MACHINE)
        return is_safe and bool(parts.hostname) and parts.port != 0 and not (parts.query or parts.fragment)
    except ValueError:
        return False
