"""The check of the secrets in the parameter store: that they are there and encrypted. It reads none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pixel.http.front import EDGE_HEADER, EDGE_SECRETS
from pixel.mail.links import MAIL_SECRET
from pixel.redirects.signing import LINKS_SECRET
from pixel.tinybird.credentials import ADMIN_TOKEN, INGEST_TOKEN
from pixelctl.commands.function_secrets import secret_path
from pixelctl.doctor.findings import CheckFailedError, Finding

if TYPE_CHECKING:
    from pixelctl.target import Target

_MADE_BY: Final = {
    LINKS_SECRET: "run pixelctl link set-up",
    MAIL_SECRET: "run pixelctl mail set-up",
    EDGE_SECRETS: "run pixelctl edge set-up",
    EDGE_HEADER: "run pixelctl edge set-up",
}
_STORE_THEM: Final = "store it as docs/deploying.md#secrets shows"


def check_secrets(target: Target) -> Finding:
    """Check that the secrets exist and are encrypted, without reading them."""
    encrypted = [secret_path(target, name) for name in _encrypted(target)]
    header = None if target.edge_secret_version is None else secret_path(target, EDGE_HEADER)
    needed = [*encrypted, header] if header else encrypted
    found = _described(target, needed)
    if missing := [name for name in needed if name not in found]:
        commands = {_MADE_BY.get(name.rpartition("/")[2], _STORE_THEM) for name in missing}
        todo = commands.pop() if len(commands) == 1 else _STORE_THEM
        raise CheckFailedError(f"{', '.join(missing)} not in the parameter store", todo)
    if plain := [name for name in encrypted if found[name]["Type"] != "SecureString"]:
        raise CheckFailedError(
            f"{', '.join(plain)} not encrypted", "store it again with --type SecureString --overwrite"
        )
    if header and (last := found[header]["Version"]) != target.edge_secret_version:
        raise CheckFailedError(
            f"CloudFront sends version {target.edge_secret_version} of {header}, and there is version {last}",
            f"deploy with EdgeSecretVersion={last}",
        )
    return Finding(f"{len(encrypted)} under {secret_path(target)}, encrypted")


def _encrypted(target: Target) -> list[str]:
    """Return the names of the secrets that functions of the stack read."""
    of_parts = {
        LINKS_SECRET: target.links_address is not None,
        MAIL_SECRET: bool(target.mail_from),
        EDGE_SECRETS: target.edge_secret_version is not None,
    }
    return [ADMIN_TOKEN, INGEST_TOKEN, *(name for name, is_needed in of_parts.items() if is_needed)]


def _described(target: Target, names: list[str]) -> dict[str, dict[str, Any]]:
    pages = (
        target.connect("ssm")
        .get_paginator("describe_parameters")
        .paginate(ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": names}])
    )
    return {entry["Name"]: entry for page in pages for entry in page["Parameters"]}
