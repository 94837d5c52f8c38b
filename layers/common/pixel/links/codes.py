"""Short codes: their form, those that nobody may have, and new ones at random."""

import re
import secrets
from typing import Final

DOMAIN: Final = "default"
"""The domain of the deployment, in keys of items. It has no dot, so it is not the name of a host."""

BLOCKED_PREFIX: Final = "B#"
USED_CLICKS_PREFIX: Final = "Q#"
ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""The characters of random codes: none that is taken for another one when it is read from paper."""

CHARACTERS: Final = 7
CHARACTERS_MIN: Final = 4
SEGMENTS_MAX: Final = 3
ATTEMPTS: Final = 5
_ATTEMPTS_OF_A_LENGTH = 2

CODE_FORM: Final = (
    "must be 1 to 3 segments with / between them, each of 1 to 64 characters of A-Z a-z 0-9 - _, "
    f"and have at least {CHARACTERS_MIN} characters in all."
)
CODE_RESERVED: Final = "is reserved; choose another code."

_SEGMENT = r"[A-Za-z0-9_-]{1,64}"
_CODE = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT}){{0,{SEGMENTS_MAX - 1}}}", re.ASCII)
# Paths of the API and of the embedded stack, and those that crawlers and attackers of other software ask for.
_RESERVED = frozenset(
    {
        *("api", "embed", "admin", "login", "dashboard", "share", "docs"),
        *("robots.txt", "favicon.ico", "sitemap.xml", ".well-known"),
    }
)
_RESERVED_PREFIXES = ("_", ".", "px")
_RESERVED_SUFFIXES = (".php", ".asp", ".aspx", ".jsp", ".cgi", ".env", ".git", ".xml", ".ini", ".sql")


def has_form_of_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None


def is_reserved(code: str) -> bool:
    """Return whether nobody may have a code, which need not have the form of one."""
    lowered = code.lower()
    return (
        lowered.partition("/")[0] in _RESERVED
        or lowered.startswith(_RESERVED_PREFIXES)
        or lowered.endswith(_RESERVED_SUFFIXES)
    )


def random_code(attempt: int) -> str:
    """Return a new code for this attempt, from 1; from the third on, codes are one character longer each time."""
    characters = CHARACTERS + max(0, attempt - _ATTEMPTS_OF_A_LENGTH)
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(characters))
        if not is_reserved(code):  # one in a thousand is
            return code


def code_key(code: str, domain: str = DOMAIN) -> dict[str, str]:
    """Return the key of the compiled link with a code; codes match without regard to case."""
    return {"pk": f"R#{domain}/{code.lower()}", "sk": "-"}


def domain_key(domain: str = DOMAIN) -> dict[str, str]:
    """Return the key of a domain's settings."""
    return {"pk": f"D#{domain}", "sk": "-"}


def blocked_host_key(host: str) -> dict[str, str]:
    """Return the key of the item that says that no link may lead to a host."""
    return {"pk": f"{BLOCKED_PREFIX}{host}", "sk": "-"}


def listed_links(workspace_id: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the partition of the entries of a workspace's links, and the beginning of their sort keys."""
    return ("pk", f"W#{workspace_id}"), ("sk", "L#")


def used_clicks_key(link_id: str) -> dict[str, str]:
    """Return the key of the clicks that a limited link has used."""
    return {"pk": f"{USED_CLICKS_PREFIX}{link_id}", "sk": "-"}
