"""A mail has the parts and headers that clients and RFC 8058 expect."""

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from pixel.mail.compose import CHART_ID, compose_alert, compose_notice, compose_report
from pixel.mail.content import Composed, Notice
from pixel.mail.mime import to_mime
from tests.unit.mail.given import STOP, WEBSITE, fired, weekly


def _parsed(composed: Composed, stop: str | None = STOP) -> EmailMessage:
    raw = to_mime(composed, "Reports <reports@example.com>", "ann@example.org", stop, "msg_1")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    parsed = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(parsed, EmailMessage)
    assert [part.defects for part in parsed.walk()] == [[] for _ in parsed.walk()]
    return parsed


def test_a_report_is_text_then_html_with_its_chart() -> None:
    composed = compose_report(weekly(), STOP)
    mail = _parsed(composed)

    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    text, html, png = (part for part in mail.walk() if not part.is_multipart())
    assert isinstance(text, EmailMessage)
    assert text.get_content().replace("\r\n", "\n") == composed.text
    assert html.get_payload(decode=True) == composed.html.replace("\n", "\r\n").encode()
    assert png.get_payload(decode=True) == composed.chart_png
    assert png["Content-ID"] == f"<{CHART_ID}>"
    assert f"cid:{CHART_ID}" in composed.html


def test_headers_let_one_click_stop_it() -> None:
    mail = _parsed(compose_alert(fired(), STOP))

    assert mail["List-Unsubscribe"] == f"<{STOP}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["From"] == "Reports <reports@example.com>"
    assert mail["To"] == "ann@example.org"
    assert mail["Message-ID"] == "<msg_1@example.com>"
    assert mail["Date"]


def test_a_long_link_stands_as_it_is() -> None:
    """Folded, it would be an encoded word, in which no mail program finds the address that stops it."""
    stop = f"https://pixel.example.com/api/v1/mail/{'c3RvcHx3' * 30}"
    raw = to_mime(compose_report(weekly(), stop), "reports@example.com", "ann@example.org", stop, "msg_1")

    assert f"\r\nList-Unsubscribe: <{stop}>\r\n".encode() in raw
    assert max(map(len, raw.split(b"\r\n"))) < 998


def test_a_letter_without_a_link_has_no_such_header() -> None:
    mail = _parsed(compose_notice(Notice("Confirm", "Confirm", ("Once.",))), None)

    assert mail["List-Unsubscribe"] is None


def test_a_name_cannot_add_a_header() -> None:
    website = WEBSITE._replace(name="Ünïcode\r\nBcc: victim@example.com " + "x" * 500)
    mail = _parsed(compose_report(weekly(website), STOP))

    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("Ünïcode Bcc: victim@example.com x")
    assert len(mail["Subject"]) <= 250
