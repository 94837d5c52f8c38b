"""Links in mail lead to pages of the running stack, which keeps the mail that it sends and shows it."""

import time

from pixel.mail.compose import compose_notice
from pixel.mail.content import Notice
from pixel.mail.links import MAIL_SECRET, MailLink, Purpose, token_of
from pixel.mail.mime import to_mime
from pixel.workspaces.recipient_states import address_hash
from tests.stack.running import RunningStack


def test_a_link_in_mail_stops_it_with_one_click(stack: RunningStack) -> None:
    ssm = stack.target.connect("ssm")
    name = f"/pixel/{stack.state['stack_name']}/{MAIL_SECRET}"
    secret = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    token = token_of(MailLink(Purpose.STOP, "ws_stack", address_hash("ann@example.org"), "report_1"), secret=secret)

    asked = stack.call(f"/mail/{token}")
    done = stack.call(
        f"/mail/{token}",
        method="POST",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=b"List-Unsubscribe=One-Click",
    )

    assert (asked.status, done.status) == (200, 200)
    assert "Stop this mail?" in asked.body.decode()
    assert "This mail is stopped" in done.body.decode()
    assert stack.call(f"/mail/{token}x").status == 403


def test_mail_is_kept_and_shown(stack: RunningStack) -> None:
    ses = stack.target.connect("sesv2")
    ses.create_email_identity(EmailIdentity="stack.example")
    letter = compose_notice(Notice("A letter of the stack", "Hello", ("It is shown.",)))
    mail = to_mime(letter, "reports@stack.example", "ann@example.org", None, "msg_stack")
    ses.send_email(Content={"Raw": {"Data": mail}})

    deadline = time.monotonic() + 60
    while b"A letter of the stack" not in stack.call("/_local/mail").body:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    files = [path for path in (stack.folder / "mail").glob("*.eml") if path.read_bytes() == mail]
    assert len(files) == 1
    assert b"It is shown." in stack.call(f"/_local/mail/{files[0].stem}/text").body
    other = stack.call("/_local/mail", headers={"Host": "evil.example"})  # as a page in a browser could ask for it
    assert b"A letter of the stack" not in other.body
