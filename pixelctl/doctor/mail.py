"""The check of mail: who sends it, whether SES signs it and lets it out, and one mail to Amazon's mailbox simulator."""

from __future__ import annotations

from email.utils import parseaddr
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from pixelctl.doctor.findings import CheckFailedError, CheckSkippedError, Finding
from pixelctl.failures import error_code

if TYPE_CHECKING:
    from pixelctl.target import Target

SIMULATOR: Final = "success@simulator.amazonses.com"
_GUIDE: Final = "see docs/deploying.md#mail"
_NEARLY_ALL: Final = 0.9  # of the quota of a day


def check_mail(target: Target) -> Finding:
    """Check the sender's identity, DKIM, sandbox and quota of SES, and send one mail, which nobody gets."""
    if not target.mail_from:
        raise CheckSkippedError("mail is off; deploy with MailFrom to send reports and alerts by mail")
    ses = target.connect("sesv2")
    sender = parseaddr(target.mail_from)[1]
    identity, found = _identity(ses, sender, is_verified=target.is_local)
    signed = found.get("DkimAttributes", {}).get("Status") == "SUCCESS"
    if not signed and not target.is_local:
        raise CheckFailedError(f"mail of {identity} is not signed by DKIM", f"publish its three CNAMEs; {_GUIDE}")
    quota = "" if target.is_local else _check_account(ses)
    mail = {
        "Subject": {"Data": "pixelctl doctor"},
        "Body": {"Text": {"Data": "This mail shows that the stack can send mail."}},
    }
    ses.send_email(
        FromEmailAddress=target.mail_from, Destination={"ToAddresses": [SIMULATOR]}, Content={"Simple": mail}
    )
    return Finding(f"{identity} is verified{', signed by DKIM' if signed else ''}{quota}; a mail was sent")


def _identity(ses: Any, sender: str, *, is_verified: bool) -> tuple[str, dict[str, Any]]:
    """Return the verified identity of the sender, its address or its domain. SES of this machine verifies none."""
    domain = sender.rpartition("@")[2]
    for identity in (sender, domain):
        try:
            found: dict[str, Any] = ses.get_email_identity(EmailIdentity=identity)
        except ClientError as failure:
            if error_code(failure) != "NotFoundException":
                raise
            continue
        if is_verified or found.get("VerifiedForSendingStatus"):
            return identity, found
    raise CheckFailedError(f"SES has no verified identity for {domain}", f"verify the domain in SES; {_GUIDE}")


def _check_account(ses: Any) -> str:
    account = ses.get_account()
    if not account.get("SendingEnabled"):
        raise CheckFailedError("SES has paused the account's mail", "see the account's dashboard in the SES console")
    if not account.get("ProductionAccessEnabled"):
        raise CheckFailedError(
            "the account is in SES's sandbox, so only verified addresses get mail",
            f"ask for production access in the SES console; {_GUIDE}",
        )
    quota = account["SendQuota"]
    day, sent, rate = (float(quota[name]) for name in ("Max24HourSend", "SentLast24Hours", "MaxSendRate"))
    if day > 0 and sent > _NEARLY_ALL * day:  # -1 stands for no limit
        raise CheckFailedError(f"{sent:,.0f} of {day:,.0f} mails of a day are sent", "ask SES for a higher quota")
    return f"; {sent:,.0f} of {day:,.0f} mails of a day, {rate:g} a second"
