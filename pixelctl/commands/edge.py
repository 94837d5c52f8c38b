"""pixelctl edge: the secret by which CloudFront in front of the API proves what it says of visitors.

CloudFormation reads no encrypted parameter for CloudFront. So the secret is stored twice: encrypted for functions,
together with the one before it, and for CloudFormation in a parameter each version of which is a secret of its own.
"""

from typing import Any, Final, NamedTuple

import click
from botocore.exceptions import ClientError

from pixel.auth.keys import new_proxy_secret
from pixel.http.front import EDGE_HEADER, EDGE_SECRETS
from pixelctl.commands.command import Group
from pixelctl.commands.function_secrets import read_secret, secret_path, store_secret
from pixelctl.failures import error_code
from pixelctl.invocation import Invocation
from pixelctl.output import Answer
from pixelctl.target import Target, connect

_NOT_THERE: Final = ("ParameterNotFound", "ParameterVersionNotFound")

edge = Group("edge")


class _Header(NamedTuple):
    """What CloudFormation reads: a secret, and the version of the parameter that holds it."""

    secret: str
    version: int


@edge.command("set-up", examples=("edge set-up", "edge set-up --replace"))
@click.option("--replace", is_flag=True, help="Store a new one; what CloudFront sends now stays valid.")
@click.pass_obj
def _set_up(call: Invocation, *, replace: bool) -> Answer:
    """Store the secret of the edge, if there is none yet, and print the version of it to deploy with."""
    target = connect(call)
    existing = (read_secret(target, EDGE_SECRETS) or "").split()
    changed = replace or not existing
    if changed:
        existing = [new_proxy_secret(), *_sent_now(target, existing)]
        # Functions first: CloudFront must not send what they do not know.
        store_secret(target, EDGE_SECRETS, " ".join(existing), replace=True)
    header = _read_header(target)
    if header is None or header.secret != existing[0]:
        header, changed = _Header(existing[0], _store_header(target, existing[0])), True
    done = "The edge is set up" if changed else "The edge is set up already; --replace stores a new secret"
    deploy = f"Deploy with EnablePixelEdge=true EdgeSecretVersion={header.version}."
    return Answer({"changed": changed, "version": header.version}, f"{done}. {deploy}")


def _sent_now(target: Target, existing: list[str]) -> list[str]:
    """Return the secret that CloudFront sends now, which need not be the last one that was stored."""
    sent = _read_header(target, target.edge_secret_version) if target.edge_secret_version is not None else None
    return [sent.secret] if sent is not None else existing[:1]


def _read_header(target: Target, version: int | None = None) -> _Header | None:
    path = secret_path(target, EDGE_HEADER)
    try:
        found: dict[str, Any] = target.connect("ssm").get_parameter(
            Name=path if version is None else f"{path}:{version}"
        )["Parameter"]
    except ClientError as failure:
        if error_code(failure) not in _NOT_THERE:
            raise
        return None
    return _Header(str(found["Value"]), int(found["Version"]))


def _store_header(target: Target, secret: str) -> int:
    stored = target.connect("ssm").put_parameter(
        Name=secret_path(target, EDGE_HEADER), Value=secret, Type="String", Overwrite=True
    )
    return int(stored["Version"])
