"""The mails of the embedded stack at `/_local/mail`: the HTML in a frame that may do nothing, text, source and chart.

API Gateway knows none of these paths, so a deployed API answers 404 there.
"""

import base64
import re
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Final

from local.gateway.call import HttpRequest, HttpResponse
from local.mail import mail_named, mails_in
from pixel.mail.compose import CHART_ID

ROOT: Final = "/_local/mail"
_SHOWN_MAX: Final = 200
_PAGE_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'"
_MAIL_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
STYLE: Final = (
    ":root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;"
    "padding:0 1rem;color:light-dark(#1c1c28,#e6e6ef);background:light-dark(#fff,#14141c)}"
    "a{color:light-dark(#4338ca,#a5b4fc)}table{width:100%;border-collapse:collapse}"
    "th,td{padding:.5rem .75rem .5rem 0;text-align:left;vertical-align:top;"
    "border-bottom:1px solid light-dark(#e2e2ec,#32323f)}th{font-weight:600}td:first-child{white-space:nowrap}"
    "iframe{width:100%;height:75vh;border:1px solid light-dark(#e2e2ec,#32323f);border-radius:.6rem}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{opacity:.7}dd{margin:0}"
    "nav a{margin-right:1rem}p.none{opacity:.7}"
)
_HEADERS_SHOWN: Final = ("From", "To", "Subject", "Date", "List-Unsubscribe", "Message-ID")


class MailPages:
    """The pages of the mails in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def answer(self, request: HttpRequest) -> HttpResponse | None:
        """Return the page of a path, or None if it is not one of these."""
        if request.method != "GET" or not (request.path == ROOT or request.path.startswith(f"{ROOT}/")):
            return None
        if request.path == ROOT:
            return _page("Mail", self._list())
        name, _, part = request.path.removeprefix(f"{ROOT}/").partition("/")
        kept = mail_named(self._folder, name)
        if kept is None:
            return _page("There is no such mail", "", HTTPStatus.NOT_FOUND)
        raw = kept.file.read_bytes()
        mail = BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)
        if part == "source":
            return _answer("text/plain; charset=utf-8", raw)
        return _part(mail, part) if part else _page(str(mail["Subject"]), _shown(mail, name))

    def _list(self) -> str:
        rows = []
        for kept in mails_in(self._folder)[:_SHOWN_MAX]:
            with kept.file.open("rb") as file:
                mail = BytesParser(EmailMessage, policy=policy.default).parse(file, headersonly=True)
            rows.append(
                f"<tr><td>{escape(str(mail['Date']))}</td><td>{escape(str(mail['To']))}</td>"
                f'<td><a href="{ROOT}/{kept.name}">{escape(str(mail["Subject"]))}</a></td></tr>'
            )
        if not rows:
            return '<p class="none">No mail was sent yet. A report is sent when it is due, an alert when it fires.</p>'
        return f"<table><tr><th>Sent</th><th>To</th><th>Subject</th></tr>{''.join(rows)}</table>"


def _shown(mail: EmailMessage, name: str) -> str:
    headers = "".join(
        f"<dt>{header}</dt><dd>{escape(str(mail[header]))}</dd>" for header in _HEADERS_SHOWN if mail[header]
    )
    parts = [("html", "HTML alone"), ("text", "Text"), ("source", "Source")]
    if _chart(mail) is not None:
        parts.append(("chart.png", "Chart"))
    links = "".join(f'<a href="{ROOT}/{name}/{part}">{title}</a>' for part, title in parts)
    frame = f'<iframe sandbox="allow-popups" title="The mail" src="{ROOT}/{name}/html"></iframe>'
    return f'<dl>{headers}</dl><nav><a href="{ROOT}">All mail</a>{links}</nav><p>{frame}</p>'


def _part(mail: EmailMessage, part: str) -> HttpResponse:
    chart = _chart(mail)
    if part == "chart.png" and chart is not None:
        return _answer("image/png", chart)
    if part == "text":
        return _answer("text/plain; charset=utf-8", _text_of(mail, "plain").encode())
    if part == "html":
        html = _text_of(mail, "html")
        if chart is not None:
            html = html.replace(f"cid:{CHART_ID}", f"data:image/png;base64,{base64.b64encode(chart).decode()}")
        # Links lead out of the frame, which may show nothing else.
        html = re.sub(r"<head>", '<head><base target="_blank">', html, count=1)
        return _answer("text/html; charset=utf-8", html.encode(), _MAIL_POLICY.replace("base-uri 'none'; ", ""))
    return _page("There is no such part", "", HTTPStatus.NOT_FOUND)


def _text_of(mail: EmailMessage, subtype: str) -> str:
    found = mail.get_body((subtype,))
    return str(found.get_content()) if isinstance(found, EmailMessage) else ""


def _chart(mail: EmailMessage) -> bytes | None:
    found = next((part for part in mail.walk() if part["Content-ID"] == f"<{CHART_ID}>"), None)
    content = None if found is None else found.get_payload(decode=True)
    return content if isinstance(content, bytes) else None


def _page(title: str, body: str, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    html = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>{body}</html>"
    )
    return _answer("text/html; charset=utf-8", html.encode(), status=status)


def _answer(
    media_type: str, content: bytes, content_policy: str = _PAGE_POLICY, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    headers = [
        ("Content-Type", media_type),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", content_policy),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    return HttpResponse(status, headers, content)
