"""The pages of short links: readable without a script, with nothing of others, in light and dark."""

import secrets
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from pixel.redirects import consent
from pixel.redirects.answers import Answer

_POLICY: Final = (
    "default-src 'none'; {scripts}style-src 'nonce-{nonce}'; base-uri 'none'; form-action {forms}; "
    "frame-ancestors 'none'"
)
# Browsers apply the policy to the redirect that follows a form, and the form must not say where the link leads.
_FORM_OF_A_LINK: Final = "'self' http: https:"
_NO_FORM: Final = "'none'"
_SCRIPTS: Final = "script-src 'nonce-{nonce}'; "
_SECONDS_WITHOUT_SCRIPT: Final = 3
_MARKS: Final = {
    "lock": '<rect x="5" y="11" width="14" height="9" rx="2.5"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>',
    "link": '<path d="M10 14a4 4 0 0 0 6 .4l2.600-2.600a4 4 0 0 0-5.700-5.700L11.500 7.500"/>'
    '<path d="M14 10a4 4 0 0 0-6-.4l-2.600 2.600a4 4 0 0 0 5.700 5.700l1.400-1.400"/>',
    "search": '<circle cx="11" cy="11" r="6.500"/><path d="m20 20-4.300-4.300"/>',
    "clock": '<circle cx="12" cy="12" r="8.500"/><path d="M12 7.500V12l3 2"/>',
    "app": '<rect x="7" y="3" width="10" height="18" rx="2.500"/><path d="M11 18h2"/>',
    "question": '<path d="M12 3.500 19 6v5.500c0 4.300-2.900 7.600-7 9-4.100-1.400-7-4.700-7-9V6z"/>'
    '<path d="m9 12 2.200 2.200 3.900-4.200"/>',
    "mail": '<rect x="3.500" y="5.500" width="17" height="13" rx="2.500"/><path d="m4.500 8 7.500 5.500L19.500 8"/>',
    "stop": '<circle cx="12" cy="12" r="8.500"/><path d="m6.200 6.200 11.600 11.600"/>',
}


def not_found(report_address: str = "") -> Answer:
    sentence = "Check the address: a character may be missing or wrong."
    return page(404, "search", "There is no such link", sentence, _report(report_address))


def expired() -> Answer:
    return page(410, "clock", "This link has ended", "It led somewhere once. Ask whoever sent it to you for a new one.")


def banned() -> Answer:
    sentence = "It was switched off because it may have been harmful. There is nothing you need to do."
    return page(403, "stop", "This link is blocked", sentence)


def unavailable() -> Answer:
    found = page(
        503, "clock", "One moment, please", "This link cannot be opened right now. Try again in a few seconds."
    )
    return found._replace(headers={**found.headers, "Retry-After": "1"})


def too_many_attempts(seconds: int) -> Answer:
    sentence = "A wrong password was entered too often. Wait a while, then try again."
    found = page(429, "lock", "Too many attempts", sentence)
    return found._replace(headers={**found.headers, "Retry-After": str(seconds)})


def password_form(*, was_wrong: bool = False) -> Answer:
    """Return the page that asks for a password. It says nothing of where the link leads."""
    wrong = '<p class="wrong" id="wrong" role="alert">This password is wrong. Try again.</p>' if was_wrong else ""
    described = ' aria-invalid="true" aria-describedby="wrong"' if was_wrong else ""
    form = (
        '<form method="post"><label for="password">Password</label>'
        f'<input id="password" name="password" type="password" required autofocus maxlength="128"'
        f' autocomplete="off"{described}>{wrong}<button>Open the link</button></form>'
    )
    sentence = "Enter the password that came with it."
    return page(401 if was_wrong else 200, "lock", "This link has a password", sentence, form, forms=_FORM_OF_A_LINK)


def described(link: dict[str, Any], report_address: str = "") -> Answer:
    """Return the page that says where a link leads, for those who put a + behind its code."""
    address = link.get("destination", "")
    sentence = "This short link leads to:"
    if "rules" in link or "deep_links" in link:
        usual = (
            "It leads some visitors elsewhere. Usually it leads to:"
            if address
            else "Where it leads depends on its visitor."
        )
        sentence = usual
    more = ""
    if address:
        scheme, _, rest = address.partition("://")
        host, slash, path = rest.partition("/")
        shown = f"{escape(scheme)}://<b>{escape(host)}</b>{slash}{escape(path)}"
        more = f'<p class="address">{shown}</p><a class="go" rel="noreferrer" href="{escape(address)}">Go there</a>'
    title = link.get("title") or "Where this link leads"
    return page(200, "link", title, sentence, more + _report(report_address))


def app_opening(address: str, app: str) -> Answer:
    """Return the page that opens an app, by itself and by a button, and leads to the web if none opens."""
    more = (
        f'<div id="way" data-address="{escape(address)}" data-app="{escape(app)}"></div>'
        f'<a class="go" href="{escape(app)}">Open the app</a>'
        f'<a class="other" rel="noreferrer" href="{escape(address)}">Continue in the browser</a>'
    )
    sentence = "If the app is on this device, it opens. Otherwise you get to the website."
    return page(200, "app", "Open in the app", sentence, more, script=_script())


def consent_question(company: Mapping[str, str], address: str, app: str = "") -> Answer:
    """Return the page that asks for consent and then leads on; without a script, it leads on as after a no."""
    name, onward = escape(company["name"]), escape(address)
    more = (
        f'<div id="way" data-address="{onward}" data-app="{escape(app)}" data-cookie="{consent.COOKIE}"'
        f' data-seconds="{consent.KEPT_SECONDS}"></div><div id="question" hidden><div class="answers">'
        '<button data-answer="yes">Allow</button><button data-answer="no">Decline</button></div>'
        '<p class="note">You get to the same page either way. This device keeps your answer for 180 days.</p></div>'
        f'<noscript><a class="go" rel="noreferrer" href="{onward}">Go on without</a></noscript>'
        f'<p class="note"><a rel="noreferrer" href="{escape(company["privacy_url"])}">Privacy at {name}</a></p>'
    )
    head = f'<noscript><meta http-equiv="refresh" content="{_SECONDS_WITHOUT_SCRIPT};url={onward}"></noscript>'
    sentence = (
        f"{company['name']} would like to let services of others measure this visit, to see what its ads achieve."
    )
    return page(200, "question", "Before you go on", sentence, more, head=head, script=_script())


def preview(link: dict[str, Any]) -> Answer:
    """Return the page of Open Graph tags, which programs read that show a link in a message or a post."""
    shown = link["preview"]
    tags = [
        f'<meta property="og:{name}" content="{escape(shown[name])}">'
        for name in ("title", "description", "image")
        if name in shown
    ]
    tags.append(f'<meta name="twitter:card" content="{"summary_large_image" if "image" in shown else "summary"}">')
    if "favicon" in shown:
        tags.append(f'<link rel="icon" href="{escape(shown["favicon"])}">')
    title = shown.get("title") or link.get("title") or link["code"]
    return page(200, "link", title, shown.get("description", ""), head="".join(tags))


def page(  # noqa: PLR0913 - the parts of a page in order
    status: int,
    mark: str,
    title: str,
    sentence: str,
    more: str = "",
    *,
    head: str = "",
    forms: str = _NO_FORM,
    script: str = "",
) -> Answer:
    """Return a page with a title and a sentence; `more` is HTML, and `forms` is where its forms may lead."""
    nonce = secrets.token_urlsafe(16)
    scripts = _SCRIPTS.format(nonce=nonce) if script else ""
    end = f'<script nonce="{nonce}">{script}</script>' if script else ""
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title>{head}<style nonce="{nonce}">{_style()}</style></head>'
        f'<body><main><div class="mark" aria-hidden="true"><svg viewBox="0 0 24 24">{_MARKS[mark]}</svg></div>'
        f"<h1>{escape(title)}</h1><p>{escape(sentence)}</p>{more}</main>{end}</body></html>"
    )
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": _POLICY.format(nonce=nonce, forms=forms, scripts=scripts),
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return Answer(status, headers, html)


def _report(address: str) -> str:
    """Return the link by which a visitor reports a harmful link; nothing if the domain has no address for it."""
    if not address:
        return ""
    href = address if "://" in address else f"mailto:{quote(address, safe='@')}"
    return f'<p class="note"><a rel="noreferrer" href="{escape(href)}">Report a harmful link</a></p>'


@cache
def _script() -> str:
    return (Path(__file__).parent / "page.js").read_text()


@cache
def _style() -> str:
    return (Path(__file__).parent / "page.css").read_text()
