"""A link in mail is believed only as it was signed, under the secret of today or the one before."""

from collections.abc import Iterator

import pytest

from pixel.foundation import container
from pixel.mail.links import MAIL_SECRET, MailLink, NotSignedError, Purpose, link_of, mail_url, token_of
from pixel.workspaces.recipient_states import address_hash
from tests.conftest import Frozen, put_secret

_LINK = MailLink(Purpose.STOP, "ws_1", address_hash("Ann@Example.org "), "report_1")


@pytest.fixture(autouse=True)
def secret(tables: object) -> Iterator[None]:
    put_secret(MAIL_SECRET, "new old")
    yield
    container.forget_all()


def test_a_link_comes_back_as_it_was_written() -> None:
    assert link_of(token_of(_LINK)) == _LINK
    assert len(token_of(_LINK)) < 200


def test_case_and_blanks_of_an_address_do_not_matter() -> None:
    assert address_hash("ann@example.org") == _LINK.address_hash
    assert "ann" not in token_of(_LINK)


def test_links_signed_with_the_secret_before_still_work() -> None:
    assert link_of(token_of(_LINK, secret="old")) == _LINK


def test_a_secret_that_was_just_replaced_is_read_again(frozen: Frozen) -> None:
    link_of(token_of(_LINK))
    put_secret(MAIL_SECRET, "newest new")
    with pytest.raises(NotSignedError):
        link_of(token_of(_LINK, secret="newest"))  # the store is asked at most once in 30 seconds
    frozen.move(31)

    assert link_of(token_of(_LINK, secret="newest")) == _LINK


def test_whatever_else_is_refused() -> None:
    good = token_of(_LINK)
    body, _, signature = good.partition(".")
    other = token_of(_LINK._replace(purpose=Purpose.CONFIRM))
    for wrong in (
        "",
        ".",
        body,
        f"{body}.",
        f"{body}.{signature[:-2]}",
        f"{other.partition('.')[0]}.{signature}",
        token_of(_LINK, secret="guessed"),
        f"{good}ä",
        "a" * 5000,
        f"{body}A.{signature}",
    ):
        with pytest.raises(NotSignedError):
            link_of(wrong)


def test_the_address_of_a_link_is_below_the_api(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIXEL_PUBLIC_URL", "https://api.example.com/live")
    container.forget_environment()

    assert mail_url(_LINK) == f"https://api.example.com/live/mail/{token_of(_LINK)}"
