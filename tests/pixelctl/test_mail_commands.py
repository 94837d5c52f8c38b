"""`pixelctl mail` keeps links of old mail valid and lifts what ended mail; `doctor` checks SES before anybody waits."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pixel.mail import links
from pixel.mail.links import MailLink, NotSignedError, Purpose
from pixel.tinybird.credentials import ADMIN_TOKEN, INGEST_TOKEN
from pixel.workspaces.recipient_states import address_hash
from pixel.workspaces.workspace import Workspace
from pixelctl.doctor.findings import CheckFailedError, CheckSkippedError
from pixelctl.doctor.mail import SIMULATOR, check_mail
from pixelctl.doctor.secrets import check_secrets
from pixelctl.target import Target
from tests.pixelctl.conftest import Run

_LINK = MailLink(Purpose.STOP, "ws_1", address_hash("ann@example.org"), "report_1")
_ACCOUNT = {
    "SendingEnabled": True,
    "ProductionAccessEnabled": True,
    "SendQuota": {"Max24HourSend": 50_000.0, "SentLast24Hours": 120.0, "MaxSendRate": 14.0},
}
_SIGNED = {"VerifiedForSendingStatus": True, "DkimAttributes": {"Status": "SUCCESS"}}


class _Ses:
    """SES with some identities, and an account that is well unless told."""

    def __init__(self, identities: dict[str, dict[str, Any]], **account: Any) -> None:
        self._identities = identities
        self._account = {**_ACCOUNT, **account}
        self.sent: list[dict[str, Any]] = []

    def get_email_identity(self, EmailIdentity: str) -> dict[str, Any]:  # noqa: N803 - boto3's
        if EmailIdentity not in self._identities:
            raise ClientError({"Error": {"Code": "NotFoundException", "Message": ""}}, "GetEmailIdentity")
        return self._identities[EmailIdentity]

    def get_account(self) -> dict[str, Any]:
        return self._account

    def send_email(self, **request: Any) -> None:
        self.sent.append(request)


@pytest.fixture
def checked(target: Target) -> Callable[[_Ses], str]:
    """Check mail of a stack that sends from reports@own.example, with this SES."""

    def check(ses: _Ses) -> str:
        sending = Target(lambda _: ses, target.database, {}, mail_from="Reports <reports@own.example>")
        return check_mail(sending).text

    return check


def test_a_new_secret_leaves_links_of_old_mail_valid(run: Run, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    def stored(_: str = "") -> str:
        parameter = target.connect("ssm").get_parameter(Name=f"/pixel/{target.name}/mail-secret", WithDecryption=True)
        return str(parameter["Parameter"]["Value"])

    monkeypatch.setattr(links, "read_secret", stored)
    monkeypatch.setattr(links, "refresh_secret", stored)
    assert run("mail", "set-up", "--json").json == {"changed": True}
    assert run("mail", "set-up", "--json").json == {"changed": False}
    token = links.token_of(_LINK)
    run("mail", "set-up", "--replace")
    assert links.link_of(token) == _LINK
    run("mail", "set-up", "--replace")
    with pytest.raises(NotSignedError):
        links.link_of(token)


def test_the_state_of_an_address_is_shown_and_changed(run: Run, workspace: Workspace) -> None:
    words = ("mail", "recipient", workspace.workspace_id, "Ann@example.org", "--json")

    assert run(*words).json == {"state": None, "changed": False}
    assert run(*words, "--state", "complained").json == {"state": "complained", "changed": True}
    assert run(*words, "--state", "confirmed").json == {"state": "confirmed", "changed": True}
    assert run(*words).json == {"state": "confirmed", "changed": False}
    assert run(*words, "--state", "loved").status == 2
    assert run("mail", "recipient", "ws_none", "ann@example.org").status == 1


def test_all_of_ses_is_well(checked: Callable[[_Ses], str]) -> None:
    ses = _Ses({"own.example": _SIGNED})

    assert checked(ses) == (
        "own.example is verified, signed by DKIM; 120 of 50,000 mails of a day, 14 a second; a mail was sent"
    )
    [request] = ses.sent
    assert request["FromEmailAddress"] == "Reports <reports@own.example>"
    assert request["Destination"] == {"ToAddresses": [SIMULATOR]}


@pytest.mark.parametrize(
    ("ses", "found"),
    [
        (_Ses({}), "SES has no verified identity for own.example"),
        (_Ses({"own.example": {"VerifiedForSendingStatus": False}}), "SES has no verified identity for own.example"),
        (
            _Ses({"reports@own.example": {**_SIGNED, "DkimAttributes": {"Status": "PENDING"}}}),
            "mail of reports@own.example is not signed by DKIM",
        ),
        (_Ses({"own.example": _SIGNED}, SendingEnabled=False), "SES has paused the account's mail"),
        (
            _Ses({"own.example": _SIGNED}, ProductionAccessEnabled=False),
            "the account is in SES's sandbox, so only verified addresses get mail",
        ),
        (
            _Ses(
                {"own.example": _SIGNED},
                SendQuota={"Max24HourSend": 200.0, "SentLast24Hours": 190.0, "MaxSendRate": 1.0},
            ),
            "190 of 200 mails of a day are sent",
        ),
    ],
)
def test_what_would_hold_mail_up_is_named(checked: Callable[[_Ses], str], ses: _Ses, found: str) -> None:
    with pytest.raises(CheckFailedError, match=found) as failure:
        checked(ses)

    assert failure.value.todo
    assert ses.sent == []


def test_without_a_sender_mail_is_off(target: Target) -> None:
    with pytest.raises(CheckSkippedError, match="mail is off"):
        check_mail(target)


def test_a_stack_that_sends_mail_needs_its_secret(target: Target) -> None:
    ssm = target.connect("ssm")
    for name in (ADMIN_TOKEN, INGEST_TOKEN):
        ssm.put_parameter(Name=f"/pixel/{target.name}/{name}", Value="x", Type="SecureString", Overwrite=True)
    sending = Target(target.connect, target.database, {}, name=target.name, mail_from="reports@own.example")

    with pytest.raises(CheckFailedError, match=f"^/pixel/{target.name}/mail-secret not in the") as failure:
        check_secrets(sending)
    assert failure.value.todo == "run pixelctl mail set-up"
    assert check_secrets(target).text.startswith("2 under")
