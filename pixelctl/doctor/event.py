"""A pageview of the doctor's own, from the API through Tinybird to a pipe.

It belongs to a workspace of its own, `ws_doctor`, so that nobody's numbers change. Website and key are made for one run
and go with it; a key that a killed run left ends by itself, and a website that it left goes with a later run.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import uuid4

from pixel.auth import keys
from pixel.auth.caller import Scope
from pixel.foundation.clock import from_iso, now
from pixel.foundation.ids import new_id
from pixel.workspaces.api_keys import NewKey, create_key, revoke_key
from pixel.workspaces.errors import AlreadyExistsError, NotFoundError
from pixel.workspaces.kinds import WEBSITE
from pixel.workspaces.provisioning import NewWorkspace, create_workspace
from pixel.workspaces.websites import NewWebsite, create_website, delete_website
from pixelctl.doctor.api_client import ApiClient, Reply
from pixelctl.doctor.findings import Finding, UnfitError
from pixelctl.failures import FAILURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pixelctl.target import Target

WORKSPACE_ID: Final = "ws_doctor"
NAME: Final = "pixelctl doctor"
# API Gateway needs some time until it knows the usage-plan key of a new workspace, and answers 500 meanwhile.
KEY_SECONDS: Final = 90.0
TAKEN_SECONDS: Final = 30.0
_LIFETIME = timedelta(minutes=30)  # more than a run takes
_PATH = "/pixelctl-doctor"
_PAUSE_SECONDS = 0.25
_PAUSE_SECONDS_MAX = 2.0


class _Belongings(NamedTuple):
    website_id: str
    key: str


class _Walk:
    """The steps of a check, each repeated until it is done or its time is over."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def step(
        self, name: str, patience_seconds: float, ask: Callable[[], Reply], is_done: Callable[[Reply], bool], todo: str
    ) -> Reply:
        started, pause = time.monotonic(), _PAUSE_SECONDS
        while True:
            reply = ask()
            spent = time.monotonic() - started
            if is_done(reply):
                self.seconds[name] = round(spent, 3)
                return reply
            if spent >= patience_seconds or not _may_pass(reply):
                raise UnfitError(f"not {name} after {spent:.1f} s: {reply}", todo, self.seconds)
            time.sleep(float(reply.retry_after) if reply.retry_after.isdecimal() else pause)
            pause = min(pause * 2, _PAUSE_SECONDS_MAX)


def check_event(target: Target, *, wait_seconds: float) -> Finding:
    walk = _Walk()
    with _belongings(target) as (website_id, key):
        api = ApiClient(target.api_url, key)
        walk.step(
            "admitted",
            KEY_SECONDS,
            lambda: api.get("/api/v1/me"),
            lambda reply: reply.status == 200,
            f"`pixelctl workspace show {WORKSPACE_ID}` names faults of its usage-plan key; see the log of authorizer",
        )
        event = _pageview(website_id)
        taken = walk.step(
            "taken",
            TAKEN_SECONDS,
            lambda: api.post("/api/v1/pixel/events", event),
            lambda reply: reply.status == 202,
            "read the log of ingest_event by that request id",
        )
        walk.step(
            "counted",
            wait_seconds,
            lambda: api.get("/api/v1/pixel/query/p_top_pages", {"website_id": website_id, "path": _PATH}),
            lambda reply: reply.status == 200 and _counted(reply) == 1,
            "see `pixelctl dead-letter list`, the log of drain_spill, and docs/runbook.md#spillwaitsalarm",
        )
    spent = ", ".join(f"{name} after {seconds:.1f} s" for name, seconds in walk.seconds.items())
    return Finding(f"a pageview was {taken.data.get('status')} and counts once: {spent}", walk.seconds)


def _may_pass(reply: Reply) -> bool:
    return reply.status in (200, 429) or reply.status >= 500


def _pageview(website_id: str) -> dict[str, str]:
    return {
        "website_id": website_id,
        "name": "pageview",
        "path": _PATH,
        "visitor_id": "doctor",
        "event_id": f"doctor-{uuid4()}",
    }


def _counted(reply: Reply) -> int:
    pageviews = sum(int(row["pageviews"]) for row in reply.data.get("data", []))
    if pageviews > 1:
        raise UnfitError(f"one pageview counts {pageviews} times", "keep the stack as it is and report this")
    return pageviews


@contextmanager
def _belongings(target: Target) -> Iterator[_Belongings]:
    with suppress(AlreadyExistsError):
        create_workspace(target.store, target.usage_plans, NewWorkspace(name=NAME), workspace_id=WORKSPACE_ID)
    _remove_forgotten(target)
    with ExitStack() as removal:
        website_id, key = new_id(WEBSITE.id_prefix), keys.generate(test=True)
        # Before it is there: a creation whose answer is lost has taken place all the same.
        removal.callback(_remove_website, target, website_id)
        domain = f"{website_id.removeprefix('admx_')}.doctor.example"
        create_website(target.store, WORKSPACE_ID, NewWebsite(domain=domain, name=NAME), website_id=website_id)
        expires_at = now() + _LIFETIME
        scopes = (Scope.READ, Scope.WRITE)
        new = NewKey(name=NAME, scopes=scopes, expires_at=expires_at, key=key)
        _, record = create_key(target.store, WORKSPACE_ID, new)
        removal.callback(_revoke, target, record.key_id)
        yield _Belongings(website_id, key)


def _remove_website(target: Target, website_id: str) -> None:
    try:
        with suppress(NotFoundError):
            delete_website(target.store, WORKSPACE_ID, website_id)
    except FAILURES as failure:
        failure.add_note(f"The doctor's website {website_id} is left; a run in half an hour removes it.")
        raise


def _revoke(target: Target, key_id: str) -> None:
    try:
        revoke_key(target.store, key_id)
    except FAILURES as failure:
        failure.add_note(f"The doctor's key {key_id} is not revoked; it ends by itself within half an hour.")
        raise


def _remove_forgotten(target: Target) -> None:
    """Delete websites of runs that were killed, not that of one that runs at the same time."""
    for website in target.store.list_live(WEBSITE, WORKSPACE_ID):
        if from_iso(website["created_at"]) < now() - _LIFETIME:
            _remove_website(target, website["id"])
