"""A mail is given to SES once; after an answer that was lost, again only if SES's event about it does not come."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from pixel.aws import simple_email
from pixel.aws import tables as dynamodb
from pixel.foundation import clock, container
from pixel.mail import delivering
from pixel.mail.compose import compose_report
from pixel.mail.delivering import ATTEMPTS_MAX, IN_DOUBT, deliver_mail
from pixel.mail.events import mail_events
from pixel.mail.mime import to_mime
from pixel.mail.queued import QueuedMail
from pixel.mail.recipients import state_by_hash
from pixel.workspaces.due import due_attributes
from pixel.workspaces.recipient_states import address_hash
from tests.conftest import Frozen, Output
from tests.environment import WORKSPACE_TABLE
from tests.stores import client_of
from tests.unit.mail.given import STOP, weekly

pytestmark = pytest.mark.usefixtures("tables")

_FROM, _TO = "Reports <reports@own.example>", "ann@elsewhere.example"
_ID = "msg_0123456789abcdef"
_KEY = {"workspace_id": "ws_1", "item": f"MESSAGE#{_ID}"}
_MAIL = to_mime(compose_report(weekly(), STOP), _FROM, _TO, STOP, _ID)


class _Ses:
    """SES as it answers what it is told to, and counts mails."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.failures: list[Exception] = []
        self.during: Callable[[], None] = lambda: None

    def send_email(self, **request: Any) -> dict[str, str]:
        self.during()
        failure = self.failures.pop(0) if self.failures else None
        if failure is None or isinstance(failure, ReadTimeoutError):
            self.sent.append(request)
        if failure is not None:
            raise failure
        return {"MessageId": f"ses-{len(self.sent)}"}


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> _Ses:
    found = _Ses()
    monkeypatch.setattr(simple_email, "_client", lambda: found)
    monkeypatch.setattr(delivering, "_keep_to_rate", lambda: None)
    monkeypatch.setattr(delivering, "_put_off", _delays.append)
    _delays.clear()
    return found


_delays: list[dict[str, int]] = []


def _refusal(code: str, status: int) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "to ann"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "SendEmail")


_LOST = ReadTimeoutError(endpoint_url="https://email.example")


def _write(state: str = "leased", **more: Any) -> None:
    item = {**_KEY, "id": _ID, "kind": "alert", "state": state, "lease_until": "2026-01-01T00:00:00Z", **more}
    dynamodb.database().put(WORKSPACE_TABLE, {**item, **due_attributes(_KEY["item"], clock.now())})


def _message() -> dict[str, Any]:
    found = dynamodb.database().get(WORKSPACE_TABLE, _KEY)
    assert found is not None
    return found


def _is_due() -> bool:
    return "due_at" in _message()


def _deliver(count: int = 1) -> list[str]:
    """Deliver copies of the mail in one batch and return what is tried again."""
    body = QueuedMail("ws_1", _ID, _TO, _MAIL).to_body()
    now = str(int(clock.epoch_seconds() * 1000))
    records = [
        {
            "messageId": str(number),
            "receiptHandle": f"receipt {number}",
            "body": body,
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": now},
        }
        for number in range(count)
    ]
    return [one["itemIdentifier"] for one in deliver_mail({"Records": records}, None)["batchItemFailures"]]


def _tell(kind: str, **more: Any) -> list[str]:
    """Deliver an event of SES as SNS wraps it."""
    tags = {"pixel_message": [_ID], "pixel_workspace": ["ws_1"], "pixel_recipient": [address_hash(_TO)]}
    mail = {"timestamp": "2026-03-02T07:00:01.000Z", "messageId": "ses-event", "destination": [_TO], "tags": tags}
    event = {"eventType": kind, "mail": mail, **more}
    body = json.dumps({"Type": "Notification", "TopicArn": "arn", "Message": json.dumps(event)})
    found = mail_events({"Records": [{"messageId": "1", "body": body}]}, None)["batchItemFailures"]
    return [one["itemIdentifier"] for one in found]


def test_a_mail_is_sent_and_its_message_settled(ses: _Ses, output: Output) -> None:
    _write()

    assert _deliver() == []
    message = _message()
    assert (message["state"], message["provider_id"], message["sendings"]) == ("sent", "ses-1", 1)
    assert message["sent_at"]
    assert not {"due_at", "due_shard", "lease_until"} & message.keys()
    [request] = ses.sent
    assert request["Content"]["Raw"]["Data"] == _MAIL
    tags = {tag["Name"]: tag["Value"] for tag in request["EmailTags"]}
    assert tags == {"pixel_message": _ID, "pixel_workspace": "ws_1", "pixel_recipient": address_hash(_TO)}
    assert output.metric("MailsSent") == 1
    assert "elsewhere.example" not in output.text


def test_copies_in_the_queue_send_one_mail(ses: _Ses, output: Output) -> None:
    _write()

    assert _deliver(3) == []
    assert _deliver() == []
    assert len(ses.sent) == 1


def test_two_consumers_at_once_send_one_mail(ses: _Ses, output: Output) -> None:
    _write()
    others: list[list[str]] = []

    def other() -> None:
        ses.during = lambda: None
        others.append(_deliver())

    ses.during = other
    assert _deliver() == []
    assert others == [["0"]]  # it waits: the mail is being sent
    assert len(ses.sent) == 1


@pytest.mark.parametrize("state", ["sent", "failed", "dropped", "handed"])
def test_a_settled_message_is_not_sent(ses: _Ses, output: Output, state: str) -> None:
    _write(state)

    assert _deliver() == []
    assert ses.sent == []


def test_a_message_that_is_gone_is_not_sent(ses: _Ses, output: Output) -> None:
    assert _deliver() == []
    assert ses.sent == []


@pytest.mark.parametrize(
    "failure",
    [
        _refusal("TooManyRequestsException", 429),
        _refusal("LimitExceededException", 400),
        _refusal("SendingPausedException", 400),
        EndpointConnectionError(endpoint_url="https://email.example"),
    ],
    ids=str,
)
def test_what_ses_did_not_take_is_sent_later(ses: _Ses, output: Output, failure: Exception) -> None:
    _write()
    ses.failures = [failure]

    assert _deliver() == ["0"]
    assert (_message()["state"], _is_due()) == ("leased", True)
    assert 20 <= _delays[-1]["receipt 0"] <= 40
    assert _deliver() == []
    assert (_message()["state"], len(ses.sent)) == ("sent", 1)
    assert output.metric("MailsPutOff") == 1


def test_what_ses_refuses_has_failed(ses: _Ses, output: Output) -> None:
    _write()
    ses.failures = [_refusal("MessageRejected", 400)]

    assert _deliver() == []
    assert (_message()["state"], _message()["reason"], _is_due()) == ("failed", "MessageRejected", False)
    assert _deliver() == []
    assert ses.sent == []
    assert output.metric("MailsFailed") == 1
    assert "to ann" not in output.text


@pytest.mark.parametrize("failure", [_LOST, _refusal("InternalFailure", 500)], ids=["timeout", "500"])
def test_after_a_lost_answer_the_event_is_waited_for(
    ses: _Ses, output: Output, frozen: Frozen, failure: Exception
) -> None:
    _write()
    ses.failures = [failure]

    assert _deliver() == ["0"]
    assert (_message()["state"], _delays[-1]) == ("sending", {"receipt 0": 900})
    frozen.move(600)
    assert _deliver() == ["0"]
    assert _delays[-1] == {"receipt 0": 300}
    sent = len(ses.sent)
    frozen.move(300)
    assert _deliver() == []
    assert (_message()["state"], len(ses.sent)) == ("sent", sent + 1)


def test_an_event_settles_what_is_in_doubt(ses: _Ses, output: Output, frozen: Frozen) -> None:
    _write()
    ses.failures = [_LOST]
    _deliver()

    assert _tell("Send") == []
    message = _message()
    assert (message["state"], message["provider_id"], message["sent_at"]) == (
        "sent",
        "ses-event",
        "2026-03-02T07:00:01Z",
    )
    assert not _is_due()
    frozen.move(IN_DOUBT.total_seconds())
    assert _deliver() == []
    assert len(ses.sent) == 1


def test_what_is_in_doubt_is_found_again_if_the_queue_loses_it(ses: _Ses, output: Output, frozen: Frozen) -> None:
    _write()
    ses.failures = [_LOST]
    _deliver()

    due_at = datetime.fromisoformat(_message()["due_at"])
    assert due_at > clock.now() + IN_DOUBT
    assert due_at <= clock.now() + timedelta(hours=1)


def test_it_is_not_tried_for_ever(ses: _Ses, output: Output, frozen: Frozen) -> None:
    _write()
    ses.failures = [_LOST] * 20
    for _ in range(ATTEMPTS_MAX + 2):
        _deliver()
        frozen.move(IN_DOUBT.total_seconds() + 1)

    assert len(ses.sent) == ATTEMPTS_MAX
    assert (_message()["state"], _message()["reason"]) == ("failed", "too_many_attempts")


def test_a_consumer_that_dies_while_it_sends_leaves_it_in_doubt(ses: _Ses, output: Output, frozen: Frozen) -> None:
    _write()

    def die() -> None:
        raise SystemExit

    ses.during = die
    with pytest.raises(SystemExit):
        _deliver()
    ses.during = lambda: None
    assert _message()["state"] == "sending"
    assert _deliver() == ["0"]
    assert ses.sent == []
    frozen.move(IN_DOUBT.total_seconds())
    assert _deliver() == []
    assert len(ses.sent) == 1


def test_an_event_before_the_answer_is_not_undone(ses: _Ses, output: Output) -> None:
    _write()

    def tell() -> None:
        assert _tell("Send") == []

    ses.during = tell

    assert _deliver() == []
    assert (_message()["state"], _message()["provider_id"]) == ("sent", "ses-event")


def test_a_permanent_bounce_ends_mail_of_that_workspace(ses: _Ses, output: Output) -> None:
    _write("sent")

    assert _tell("Bounce", bounce={"bounceType": "Permanent"}) == []
    assert state_by_hash("ws_1", address_hash(_TO)) == "bounced"
    assert (_message()["state"], _message()["outcome"]) == ("sent", "bounced")
    assert output.metric("MailsBounced") == 1
    assert "elsewhere.example" not in output.text


def test_a_complaint_ends_mail_even_if_the_message_is_gone(output: Output) -> None:
    assert _tell("Complaint", complaint={}) == []
    assert state_by_hash("ws_1", address_hash(_TO)) == "complained"
    assert dynamodb.database().get(WORKSPACE_TABLE, _KEY) is None


def test_a_bounce_that_passes_ends_nothing(output: Output) -> None:
    assert _tell("Bounce", bounce={"bounceType": "Transient"}) == []
    assert state_by_hash("ws_1", address_hash(_TO)) is None


@pytest.mark.parametrize("body", ["{}", '{"eventType":"Send","mail":{"tags":{"other":["1"]}}}'])
def test_events_of_other_mail_are_left_alone(output: Output, body: str) -> None:
    assert mail_events({"Records": [{"messageId": "1", "body": body}]}, None) == {"batchItemFailures": []}


def test_an_event_that_cannot_be_read_is_tried_again(output: Output) -> None:
    assert mail_events({"Records": [{"messageId": "1", "body": "["}]}, None) == {
        "batchItemFailures": [{"itemIdentifier": "1"}]
    }


def test_mails_keep_to_the_rate(monkeypatch: pytest.MonkeyPatch, frozen: Frozen) -> None:
    monkeypatch.setenv("PIXEL_SEND_RATE", "4")
    container.forget_all()
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(round(seconds, 3))
        frozen.move(seconds)

    for _ in range(3):
        delivering._keep_to_rate(sleep)
    frozen.move(10)
    delivering._keep_to_rate(sleep)

    assert pauses == [0.5, 0.5]  # two consumers share four a second


def test_ses_takes_the_mail_as_it_is(monkeypatch: pytest.MonkeyPatch, aws_server: str, output: Output) -> None:
    client_of("sesv2", aws_server).create_email_identity(EmailIdentity="own.example")
    monkeypatch.setattr(delivering, "_put_off", _delays.append)
    _write()

    assert _deliver() == []
    assert _message()["state"] == "sent"


def test_a_sender_whom_ses_does_not_know_has_failed(
    monkeypatch: pytest.MonkeyPatch, aws_server: str, output: Output
) -> None:
    client_of("sesv2", aws_server).delete_email_identity(EmailIdentity="own.example")
    monkeypatch.setattr(delivering, "_put_off", _delays.append)
    _write()

    assert _deliver() == []
    assert _message()["state"] == "failed"
