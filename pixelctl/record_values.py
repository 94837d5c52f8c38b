"""What an operator may write for a domain, a selector, a threshold or recipients, and how it is stored."""

import re
from collections.abc import Callable, Collection

from pixelctl.failures import ControlError

METRICS = ("visitors", "pageviews", "sessions", "bounce_rate", "avg_duration", "conversions", "revenue")
"""Those of p_metric_series."""

CADENCES = ("daily", "weekly", "monthly")
ALERT_CHANNELS = ("email", "slack", "webhook")
REPORT_CHANNELS = ("email", "slack")

_RECIPIENTS_MAX = 20
_SELECTOR_CHARACTERS_MAX = 500
_DOMAIN_CHARACTERS_MAX = 253
_EMAIL_CHARACTERS_MAX = 254

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# Python encodes IDNA 2003, which writes these otherwise than browsers do: sharp s, final sigma and the joiners.
_ENCODED_DIFFERENTLY = set("\u00df\u1e9e\u03c2\u200c\u200d")
_THRESHOLD = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)
_EMAIL_USER = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_EMAIL_USER_CHARACTERS_MAX = 64
_SLACK_CHANNEL = re.compile(r"#[\w-]{1,80}")
_URL_PATTERN = re.compile(r"(https?://[^\s/?#@]+)?/\S*")

_CSS_BRACKETS = {")": "(", "]": "["}
_CSS_SYMBOLS = set(" -_#.:,>+~*^$|=()[]")
_CSS_FIRST = set("-_#.:*[\\")
_CSS_UNFINISHED = tuple(",>+~#.:|^$=\\")
_CSS_ESCAPED_OR_QUOTED = re.compile(r"""\\.|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'""")


def checked_domain(text: str) -> str:
    """In lower case; a name with other letters than a to z as DNS knows it, xn--..."""
    domain = text.strip().removesuffix(".")
    if "://" in domain or set("/?#@:") & set(domain):
        raise ControlError("Write the domain alone, such as shop.example.com: no scheme, port, user or path.")
    if not domain.isascii():
        domain = _punycode(domain)
    domain = domain.lower()
    labels = domain.split(".")
    if len(domain) > _DOMAIN_CHARACTERS_MAX or not all(map(_LABEL.fullmatch, labels)):
        raise ControlError(
            "A domain is made of letters, digits, - and dots, at most 63 characters between dots and "
            f"{_DOMAIN_CHARACTERS_MAX} in all, such as shop.example.com."
        )
    if domain != "localhost" and (len(labels) == 1 or labels[-1].isdecimal()):
        raise ControlError("Write a domain name with at least one dot, such as example.com, or localhost; no address.")
    return domain


def checked_selector(text: str) -> str:
    """A URL pattern begins with / or http(s)://, and * stands for anything; all else is a CSS selector."""
    selector = text.strip()
    if not selector or len(selector) > _SELECTOR_CHARACTERS_MAX or not selector.isprintable():
        raise ControlError(f"A selector has 1 to {_SELECTOR_CHARACTERS_MAX} printable characters.")
    if selector.startswith(("/", "http://", "https://")):
        if not _URL_PATTERN.fullmatch(selector):
            raise ControlError(
                "A URL pattern is a path or a whole address without spaces or a user, * for anything, such as "
                "/thanks* or https://example.com/cart/*."
            )
    elif fault := _css_fault(selector):
        raise ControlError(
            f"{fault} Write a CSS selector, such as '#buy' or 'form.signup button', or a URL pattern that begins with "
            "/ or https://."
        )
    return selector


def checked_threshold(text: str) -> int | float:
    if not _THRESHOLD.fullmatch(text):
        raise ControlError("A threshold is a number of at least 0, such as 100 or 0.75; no sign, no exponent.")
    return float(text) if "." in text and float(text) % 1 else int(float(text))


def checked_recipients(text: str) -> list[str]:
    """Which form each must have depends on the channel, see `recipient_fault`."""
    recipients = [recipient.strip() for recipient in text.split(",") if recipient.strip()]
    if not 1 <= len(recipients) <= _RECIPIENTS_MAX:
        raise ControlError(f"Name 1 to {_RECIPIENTS_MAX} recipients, with commas between them.")
    if len({recipient.lower() for recipient in recipients}) < len(recipients):
        raise ControlError("Name each recipient once.")
    return recipients


def recipient_fault(channel: str, recipient: str) -> str | None:
    if channel == "slack":
        right = _SLACK_CHANNEL.fullmatch(recipient) and recipient == recipient.lower()
        return None if right else "a Slack channel is # and lower-case letters, digits, - or _, such as '#sales'"
    return None if _is_email_address(recipient) else "an e-mail address looks like ann@example.com"


def one_of(allowed: Collection[str]) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in allowed:
            raise ControlError(f"Choose one of {', '.join(allowed)}.")
        return text

    return check


def _punycode(domain: str) -> str:
    try:
        if not _ENCODED_DIFFERENTLY & set(domain):
            return domain.encode("idna").decode()
    except UnicodeError:
        pass
    raise ControlError("This name has letters that cannot be encoded safely; write its form for DNS, xn--... .")


def _css_fault(selector: str) -> str | None:
    """Cautious, not complete: what passes may still match nothing, but brackets and quotes are closed."""
    plain = _CSS_ESCAPED_OR_QUOTED.sub("_", selector)
    if not (selector[0].isalpha() or selector[0] in _CSS_FIRST):
        return "A CSS selector does not begin like this."
    if plain.endswith(_CSS_UNFINISHED):
        return "This CSS selector is not finished."
    if set("\"'") & set(plain):
        return "A quote of this CSS selector is not closed."
    if foreign := [letter for letter in plain if not (letter.isalnum() or letter in _CSS_SYMBOLS)]:
        return f"A CSS selector has no {foreign[0]} outside quotes."
    return None if _is_balanced(plain) else "The brackets of this CSS selector do not match."


def _is_balanced(text: str) -> bool:
    waiting: list[str] = []
    for character in text:
        if character in _CSS_BRACKETS.values():
            waiting.append(character)
        elif character in _CSS_BRACKETS and (not waiting or waiting.pop() != _CSS_BRACKETS[character]):
            return False
    return not waiting


def _is_email_address(text: str) -> bool:
    user, _, domain = text.rpartition("@")
    if len(text) > _EMAIL_CHARACTERS_MAX or len(user) > _EMAIL_USER_CHARACTERS_MAX or not _EMAIL_USER.fullmatch(user):
        return False
    try:
        return checked_domain(domain) == domain.lower() != "localhost"
    except ControlError:
        return False
