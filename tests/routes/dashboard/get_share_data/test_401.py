"""A session ends with its hour, its link, its token and its password, at most 30 seconds later."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from pixel.dashboard.sessions import owner_session, written
from pixel.dashboard.signing import VIEWER_SECRET, Purpose, sign
from pixel.foundation import clock, container
from pixel.workspaces.models import checked
from pixel.workspaces.share_links import SHARE_LINKS, ShareLinkChanges
from pixel.workspaces.store import function_store
from pixel.workspaces.websites import WEBSITES
from tests.conftest import Frozen, put_secret
from tests.routes.dashboard.dashboards import SECRET, SharedLink, ask, session_of, share

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

_PASSWORD = "correct horse"


@pytest.fixture
def moving(monkeypatch: pytest.MonkeyPatch) -> Frozen:
    """Return a clock that begins now, at the beginning of a minute, and moves only when told."""
    at = Frozen(datetime.now(UTC).replace(second=0, microsecond=0))
    monkeypatch.setattr(clock, "time", SimpleNamespace(time=lambda: at.seconds))
    return at


def _delete(link: SharedLink) -> None:
    SHARE_LINKS.delete(function_store(), link.workspace_id, link.id)


def _rotate(link: SharedLink) -> None:
    SHARE_LINKS.rotate(function_store(), link.workspace_id, link.id, SHARE_LINKS.issue())


def _change_password(link: SharedLink) -> None:
    changes = checked(ShareLinkChanges, {"password": "another horse"})
    SHARE_LINKS.update(function_store(), link.workspace_id, link.id, changes)


def _delete_website(link: SharedLink) -> None:
    WEBSITES.delete(function_store(), link.workspace_id, link.website_id)


@pytest.mark.parametrize("change", [_delete, _rotate, _change_password, _delete_website])
def test_what_ends_a_link_ends_its_sessions_within_30_seconds(
    tables: "DynamoDBServiceResource", moving: Frozen, change: Callable[[SharedLink], None]
) -> None:
    link = share(tables, password=_PASSWORD)
    session = session_of(link, _PASSWORD)
    assert ask(session).status == 200

    change(link)
    moving.move(30)
    reply = ask(session)

    assert (reply.status, reply.body["error"]["code"]) == (401, "session_expired")


def test_another_container_knows_at_once(tables: "DynamoDBServiceResource") -> None:
    link = share(tables)
    session = session_of(link)
    ask(session)
    _delete(link)
    assert ask(session).status == 200  # this one has looked a moment ago

    container.forget_all()

    assert ask(session).status == 401


def test_a_change_of_what_is_shared_holds_for_open_sessions(tables: "DynamoDBServiceResource", moving: Frozen) -> None:
    link = share(tables)
    session = session_of(link)
    ask(session)

    changes = checked(ShareLinkChanges, {"panels": ["series"], "filters": {"country": "DE"}})
    SHARE_LINKS.update(function_store(), link.workspace_id, link.id, changes)
    moving.move(30)

    head = ask(session).body["data"]
    assert (head["panels"], head["filters"]) == (["series"], {"country": "DE"})


def test_a_session_lives_for_an_hour_and_its_link_as_long_as_it_says(
    tables: "DynamoDBServiceResource", moving: Frozen
) -> None:
    session = session_of(share(tables))
    moving.move(3599)
    assert ask(session).status == 200
    moving.move(1)
    assert ask(session).status == 401

    expiring = session_of(share(tables, website_id="admx_2", expires_in_days=1))
    moving.move(86_400)
    assert ask(expiring).status == 401


def test_nothing_but_a_session_is_one(tables: "DynamoDBServiceResource") -> None:
    link = share(tables)
    session = session_of(link)
    body, _, signature = session.partition(".")
    forged = sign(Purpose.SESSION, {"id": link.id}, secret="another")
    embed = sign(Purpose.EMBED, {"origins": []}, secret=SECRET)
    foreign = written(owner_session("ws_2", "admx_1", ["summary"], seconds=600), secret=SECRET)
    other_version = sign(Purpose.SESSION, {"sid": 1}, secret=SECRET)
    wrong = (
        *(None, "", "x", body, f"{body}.", f"{body}.{signature[:-1]}", f".{signature}", f"{session}A", "ü.ü"),
        *(forged, embed, foreign, other_version, f"{body[:-4]}AAAA.{signature}", link.token, "x" * 5000),
    )

    assert ask(session).status == 200
    for given in wrong:
        reply = ask(given)
        assert (reply.status, reply.body["error"]["code"]) == (401, "session_expired"), given


def test_a_new_secret_ends_all_sessions(tables: "DynamoDBServiceResource", moving: Frozen) -> None:
    session = session_of(share(tables))
    put_secret(VIEWER_SECRET, "f" * 32)
    moving.move(300)

    assert ask(session).status == 401
