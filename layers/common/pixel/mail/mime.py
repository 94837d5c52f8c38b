"""A mail as it travels: text first, then HTML with its chart, and the headers by which a recipient stops it."""

from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr
from typing import override

from pixel.foundation.clock import now
from pixel.mail.compose import CHART_ID
from pixel.mail.content import Composed

_CHARACTERS_OF_SUBJECT_MAX = 250


class _OnOneLine(UnstructuredHeader, BaseHeader):
    """A header that is never folded: a long address in it would become an encoded word, which no program follows."""

    @override
    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _OnOneLine)
_POLICY = SMTP.clone(header_factory=_HEADERS)


def to_mime(composed: Composed, sender: str, recipient: str, unsubscribe_url: str | None, message_id: str) -> bytes:
    """Return the mail. `sender` may have a name before its address, as in `Reports <reports@example.com>`."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = _address(sender)
    mail["To"] = Address(addr_spec=recipient)
    mail["Subject"] = " ".join(composed.subject.split())[:_CHARACTERS_OF_SUBJECT_MAX]
    mail["Date"] = format_datetime(now())
    mail["Message-ID"] = f"<{message_id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if unsubscribe_url is not None:
        mail["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(composed.text, cte="quoted-printable")
    mail.add_alternative(composed.html, subtype="html", cte="quoted-printable")
    if composed.chart_png is not None:
        html = mail.get_body(("html",))
        if not isinstance(html, EmailMessage):
            raise TypeError("a mail that was just written has no HTML")
        html.add_related(
            composed.chart_png, "image", "png", cid=f"<{CHART_ID}>", filename="chart.png", disposition="inline"
        )
    return mail.as_bytes()


def _address(sender: str) -> Address:
    name, address = parseaddr(sender)
    return Address(name, addr_spec=address)
