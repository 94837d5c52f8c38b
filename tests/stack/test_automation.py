"""An alert fires and a report is sent on the real engines: by mail, to Slack and to a webhook, each once."""

import json
import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from pixel.auth.caller import Scope
from pixel.foundation.clock import to_iso
from tests.stack.conftest import Tenant, new_tenant
from tests.stack.kept_rows import wait_for
from tests.stack.running import Response, RunningStack

_ALERT = {
    "metric": "visitors",
    "direction": "below",
    "threshold": 1_000,
    "window": "5m",
    "channel": "email",
}


class _Caller:
    """A workspace with a website of its own, and a key that may do all of this."""

    def __init__(self, stack: RunningStack) -> None:
        self.stack = stack
        self.tenant: Tenant = new_tenant(stack, rate_limit=1_000)
        self.website_id = f"admx_{self.tenant.workspace_id.removeprefix('ws_')}"
        self.tenant.add_website(self.website_id)
        self.key = self.tenant.key(Scope.READ, Scope.MANAGE)
        self.address = f"{self.website_id}@example.com"

    def ask(self, method: str, path: str, body: Any = None) -> Response:
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        return self.stack.call(f"/api/v1/pixel/{path}", method=method, key=self.key, headers=headers, body=content)

    def made(self, path: str, **given: Any) -> dict[str, Any]:
        answer = self.ask("POST", path, given)
        assert answer.status in {201, 202}, answer.body
        return dict(answer.json["data"])

    def receiver(self, kind: str, name: str) -> dict[str, Any]:
        place = "slack" if kind == "slack" else "hook"
        url = f"{self.stack.state['api_url']}/_local/{place}/{self.tenant.workspace_id}"
        return self.made("destinations", kind=kind, name=name, url=url)

    def received(self) -> list[dict[str, Any]]:
        path = f"/_local/hooks.json?name={self.tenant.workspace_id}"
        return list(json.loads(self.stack.call(path).body)["data"])

    def mails(self, address: str | None = None) -> list[EmailMessage]:
        found = []
        for file in sorted((self.stack.folder / "mail").glob("*.eml")):
            mail = message_from_bytes(file.read_bytes(), EmailMessage, policy=policy.default)
            if mail["To"] == (address or self.address):
                found.append(mail)
        return found


@pytest.fixture
def caller(stack: RunningStack) -> _Caller:
    return _Caller(stack)


def _tick(stack: RunningStack, at: datetime) -> dict[str, Any]:
    answer = stack.call("/_local/tick", method="POST", body=json.dumps({"at": to_iso(at)}).encode())
    assert answer.status == 200
    return dict(json.loads(answer.body))


def _in(minutes: float) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


def test_an_alert_that_fires_is_told_once_by_each_channel(caller: _Caller) -> None:
    caller.receiver("webhook", "Sink")
    caller.receiver("slack", "#sales")
    by_mail = caller.made("alerts", website_id=caller.website_id, recipients=[caller.address], **_ALERT)
    to_slack = {**_ALERT, "channel": "slack", "recipients": ["#sales"]}
    by_slack = caller.made("alerts", website_id=caller.website_id, **to_slack)

    _tick(caller.stack, _in(12))
    wait_for(lambda: len(caller.received()) == 3 and len(caller.mails()) == 1, poll_seconds=0.2)
    _tick(caller.stack, _in(12))

    (mail,) = caller.mails()
    assert "Alert: Visitors below 1,000" in mail["Subject"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    hooks = [one for one in caller.received() if one["kind"] == "hook"]
    assert {one["body"]["data"]["id"] for one in hooks} == {by_mail["id"], by_slack["id"]}
    assert {(one["signature"], one["body"]["type"]) for one in hooks} == {("valid", "alert.fired")}
    alert = caller.ask("GET", f"alerts/{by_mail['id']}").json["data"]
    assert (alert["state"], alert["last_value"], alert["verdicts"][0]["verdict"]) == ("firing", 0, "breach")
    assert len(caller.received()) == 3
    (message,) = {one["webhook_id"] for one in hooks if one["body"]["data"]["id"] == by_mail["id"]}
    (delivery,) = caller.ask("GET", f"deliveries?message_id={message}&limit=5").json["data"]
    assert (delivery["state"], delivery["type"]) == ("delivered", "alert.fired")


def test_a_report_is_sent_as_a_test_and_its_link_stops_it(caller: _Caller) -> None:
    report = caller.made(
        "reports",
        website_id=caller.website_id,
        cadence="daily",
        channel="email",
        recipients=[caller.address, "ann@elsewhere.example"],
    )
    states = report["recipient_states"]
    assert states == {caller.address: "confirmed", "ann@elsewhere.example": "pending"}
    assert report["next_at"] > to_iso(datetime.now(UTC))

    sent = caller.made(f"reports/{report['id']}/send", recipients=[caller.address])
    assert len(sent["message_ids"]) == 1
    wait_for(lambda: len(caller.mails()) == 1, poll_seconds=0.2)

    (mail,) = caller.mails()
    link = re.sub(r"[<>]", "", mail["List-Unsubscribe"])
    path = link.removeprefix(caller.stack.state["api_url"])
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    stopped = caller.stack.call(path, method="POST", headers=form, body=b"List-Unsubscribe=One-Click")
    assert stopped.status == 200
    after = caller.ask("GET", f"reports/{report['id']}").json["data"]
    assert after["recipient_states"][caller.address] == "unsubscribed"
    assert after["last_sent_at"] is None
    caller.made(f"reports/{report['id']}/send", recipients=[caller.address])
    log = caller.stack.wait_for_log("compose_message", "recipient_refused")
    assert log
    assert len(caller.mails()) == 1


def test_a_stranger_is_asked_once_and_gets_mail_after_the_answer(caller: _Caller) -> None:
    stranger = f"{caller.website_id}@elsewhere.example"
    given = {"cadence": "daily", "channel": "email", "recipients": [stranger]}
    report = caller.made("reports", website_id=caller.website_id, **given)
    caller.made("reports", website_id=caller.website_id, **{**given, "cadence": "weekly"})

    _tick(caller.stack, _in(0))
    wait_for(lambda: len(caller.mails(stranger)) == 1, poll_seconds=0.2)
    (question,) = caller.mails(stranger)
    body = question.get_body(("plain",))
    assert body is not None
    found = re.search(r"https?://\S+(/mail/\S+)", body.get_content())
    assert found is not None
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    confirmed = caller.stack.call(found[1], method="POST", headers=form, body=b"")
    assert confirmed.status == 200
    assert caller.ask("GET", f"reports/{report['id']}").json["data"]["recipient_states"] == {stranger: "confirmed"}

    caller.made(f"reports/{report['id']}/send")
    wait_for(lambda: len(caller.mails(stranger)) == 2, poll_seconds=0.2)


def test_nobody_tests_a_report_of_another_workspace(caller: _Caller) -> None:
    other = _Caller(caller.stack)
    report = other.made(
        "reports", website_id=other.website_id, cadence="daily", channel="email", recipients=[other.address]
    )

    answer = caller.ask("POST", f"reports/{report['id']}/send", {})
    foreign = other.ask("POST", f"reports/{report['id']}/send", {"recipients": [caller.address]})

    assert (answer.status, answer.code) == (404, "record_not_found")
    assert (foreign.status, foreign.code) == (400, "invalid_body")
    assert caller.address not in foreign.body.decode()
