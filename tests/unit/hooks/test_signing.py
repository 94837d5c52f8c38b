"""Signatures are those of Standard Webhooks, verified by its own library."""

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from pixel.hooks.signing import is_signed, new_secret, signature, signed_headers

_BODY = '{"type":"ping","text":"é"}'


def _now() -> datetime:
    return datetime.now(UTC)  # the library compares with the real clock


def test_the_library_accepts_a_signature() -> None:
    secret = new_secret()
    headers = signed_headers("msg_1", _now(), _BODY.encode(), [secret])
    assert Webhook(secret).verify(_BODY, dict(headers)) == {"type": "ping", "text": "é"}


def test_the_library_signs_the_same() -> None:
    secret, at = new_secret(), _now().replace(microsecond=0)
    assert Webhook(secret).sign("msg_1", at, _BODY) == signature(
        "msg_1", str(int(at.timestamp())), _BODY.encode(), secret
    )


def test_the_example_of_the_specification_has_its_signature() -> None:
    given = signature(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )
    assert given == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_during_a_rotation_both_secrets_verify() -> None:
    old, new = new_secret(), new_secret()
    headers = dict(signed_headers("msg_1", _now(), _BODY.encode(), [new, old]))
    for secret in (old, new):
        Webhook(secret).verify(_BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(_BODY, headers)


@pytest.mark.parametrize("change", ["webhook-id", "webhook-timestamp", "body"])
def test_a_changed_id_time_or_body_is_refused(change: str) -> None:
    secret = new_secret()
    headers = dict(signed_headers("msg_1", _now(), _BODY.encode(), [secret]))
    body = _BODY
    if change == "body":
        body += " "
    else:
        headers[change] = headers[change][:-1] + ("1" if headers[change][-1] != "1" else "2")
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)
    assert not is_signed(headers, body.encode(), [secret])


def test_an_old_message_is_refused() -> None:
    secret = new_secret()
    headers = dict(signed_headers("msg_1", _now() - timedelta(hours=1), _BODY.encode(), [secret]))
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(_BODY, headers)
    assert is_signed(headers, _BODY.encode(), [new_secret(), secret])


def test_secrets_differ_and_have_32_bytes() -> None:
    assert len({new_secret() for _ in range(100)}) == 100
    assert all(len(new_secret()) == len("whsec_") + 44 for _ in range(3))
