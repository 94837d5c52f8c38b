"""The embedded stack keeps each mail as a file, tells its topic what became of it, and shows it without running it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from local.aws.arrivals import Arrivals
from local.gateway.call import HttpRequest, HttpResponse
from local.mail import MailKeeper, events_of, mail_named, mails_in, save, verify_sender
from local.mail_pages import MailPages
from pixel.mail.compose import compose_report
from pixel.mail.mime import to_mime
from tests.local.aws_process import AwsProcess
from tests.unit.mail.given import STOP, WEBSITE, weekly

_FROM = "Reports <reports@own.example>"
_HOSTILE = "<script>alert(1)</script>"


def _sent(number: int = 1, *, to: str = "ann@example.org", name: str = "Shop") -> dict[str, Any]:
    composed = compose_report(weekly(WEBSITE._replace(name=name)), STOP)
    return {
        "id": f"ses-{number}",
        "source": "reports@own.example",
        "destinations": [to],
        "mime": to_mime(composed, _FROM, to, STOP, f"msg_{number}").decode(),
        "tags": {"pixel_message": [f"msg_{number}"], "pixel_workspace": ["ws_1"]},
        "sent_at": f"2026-03-0{number}T07:00:00Z",
    }


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    (tmp_path / "mail").mkdir()
    save(tmp_path / "mail", _sent(1, name=_HOSTILE))
    save(tmp_path / "mail", _sent(2))
    return tmp_path


def _get(folder: Path, path: str, host: str = "127.0.0.1:8787") -> HttpResponse | None:
    request = HttpRequest("GET", path, [("Host", host)], b"", "127.0.0.1")
    return asyncio.run(MailPages(folder).answer(request))


def _page(folder: Path, path: str) -> tuple[int, str]:
    answer = _get(folder, path)
    assert answer is not None
    return answer.status, answer.body.decode()


@pytest.mark.parametrize(
    ("address", "kinds"),
    [
        ("ann@example.org", ["Send"]),
        ("success@simulator.amazonses.com", ["Send"]),
        ("bounce@simulator.amazonses.com", ["Send", "Bounce"]),
        ("complaint@simulator.amazonses.com", ["Send", "Complaint"]),
        ("bounce@example.org", ["Send"]),
    ],
)
def test_the_simulator_s_addresses_bounce_and_complain(address: str, kinds: list[str]) -> None:
    events = list(events_of(_sent(to=address)))

    assert [event["eventType"] for event in events] == kinds
    assert all(event["mail"]["tags"]["pixel_message"] == ["msg_1"] for event in events)


def test_mails_are_listed_newest_first(kept: Path) -> None:
    assert [mail.name for mail in mails_in(kept)] == ["2026-03-02T070000Z-ses-2", "2026-03-01T070000Z-ses-1"]
    status, html = _page(kept, "/_local/mail")

    assert status == 200
    assert html.index("ses-2") < html.index("ses-1")
    assert "ann@example.org" in html
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_mail_is_shown_in_a_frame_that_may_do_nothing(kept: Path) -> None:
    status, html = _page(kept, "/_local/mail/2026-03-01T070000Z-ses-1")
    frame = _get(kept, "/_local/mail/2026-03-01T070000Z-ses-1/html")

    assert status == 200
    assert '<iframe sandbox="allow-popups"' in html
    assert "<script" not in html
    assert frame is not None
    policy = dict(frame.headers)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "script-src" not in policy
    assert b"data:image/png;base64," in frame.body
    assert b"cid:" not in frame.body
    assert b"<script" not in frame.body


def test_each_part_can_be_seen(kept: Path) -> None:
    root = "/_local/mail/2026-03-02T070000Z-ses-2"
    assert "Visitors                11,284" in _page(kept, f"{root}/text")[1]
    assert _page(kept, f"{root}/source")[1].startswith("From: Reports <reports@own.example>")
    chart = _get(kept, f"{root}/chart.png")
    assert chart is not None
    assert chart.body.startswith(b"\x89PNG")
    assert _page(kept, f"{root}/other")[0] == 404


@pytest.mark.parametrize("name", ["..", "../stack", "%2e%2e", "2026-03-02T070000Z-none", "a/b", ""])
def test_no_other_file_is_served(kept: Path, name: str) -> None:
    (kept / "stack.eml").write_text("secret")

    assert mail_named(kept, name) is None
    assert _page(kept, f"/_local/mail/{name}")[0] == 404


def test_other_paths_are_not_mail_s(kept: Path) -> None:
    assert _get(kept, "/_local/mailbox") is None
    assert _get(kept, "/mail/token") is None


def test_no_mail_is_said(tmp_path: Path) -> None:
    assert "No mail was sent yet." in _page(tmp_path, "/_local/mail")[1]


def test_what_ses_takes_is_kept_and_told(tmp_path: Path) -> None:
    with AwsProcess(tmp_path) as aws:
        verify_sender(aws.endpoint, _FROM)
        verify_sender(aws.endpoint, _FROM)  # as at the next start
        topic = aws.client("sns").create_topic(Name="stack-MailEventsTopic-1")["TopicArn"]
        sqs = aws.client("sqs")
        queue = sqs.create_queue(QueueName="events")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        mail = _sent(to="bounce@simulator.amazonses.com")
        text: Any = {"Subject": {"Data": "Not ours"}, "Body": {"Text": {"Data": "Not raw"}}}
        aws.client("sesv2").send_email(
            FromEmailAddress=_FROM, Destination={"ToAddresses": ["ann@example.org"]}, Content={"Simple": text}
        )
        aws.client("sesv2").send_email(
            Content={"Raw": {"Data": mail["mime"].encode()}},
            EmailTags=[{"Name": "pixel_message", "Value": "msg_1"}],
        )

        told = asyncio.run(_told(tmp_path, aws.endpoint, topic, sqs, queue))

    assert sorted(event["eventType"] for event in told) == ["Bounce", "Send"]
    assert told[0]["mail"]["tags"] == {"pixel_message": ["msg_1"]}
    [found] = mails_in(tmp_path)
    assert found.file.read_bytes() == mail["mime"].encode()


async def _told(folder: Path, endpoint: str, topic: str, sqs: Any, queue: str) -> list[dict[str, Any]]:
    """Keep mail until two events have been told, and return them."""
    arrivals = Arrivals(endpoint)
    arrivals.start()
    keeper = MailKeeper(folder, endpoint, arrivals, topic)
    keeper.start()
    told: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(30):
            while len(told) < 2:
                answer = await asyncio.to_thread(sqs.receive_message, QueueUrl=queue, MaxNumberOfMessages=10)
                told += [json.loads(json.loads(one["Body"])["Message"]) for one in answer.get("Messages", [])]
    finally:
        await keeper.stop()
        await arrivals.stop()
    return told
