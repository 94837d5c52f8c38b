"""Send one pageview through the API and Tinybird, and check that a pipe counts it.

The pageview belongs to the workspace `ws_doctor`, so that no other workspace's numbers change. Website and key are
created for one run and removed at its end. If a run is killed, its key expires and a later run deletes its website.
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
from pixel.workspaces.api_keys import create_key, revoke_key
from pixel.workspaces.errors import AlreadyExistsError, NotFoundError
from pixel.workspaces.key_models import NewKey
from pixel.workspaces.provisioning import NewWorkspace, create_workspace
from pixel.workspaces.website_kind import WEBSITE
from pixel.workspaces.websites import WEBSITES, NewWebsite
from pixelctl.api_client import ApiClient, Reply
from pixelctl.doctor.findings import CheckFailedError, Finding
from pixelctl.failures import FAILURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pixelctl.target import Target

WORKSPACE_ID: Final = "ws_doctor"
NAME: Final = "pixelctl doctor"
# API Gateway takes a while to recognize the usage-plan key of a new workspace, and answers 500 until then.
KEY_SECONDS: Final = 90.0
TAKEN_SECONDS: Final = 30.0
_LIFETIME = timedelta(minutes=30)  # longer than any run
_PATH = "/pixelctl-doctor"
_PAUSE_SECONDS = 0.25
_PAUSE_SECONDS_MAX = 2.0


class _TestRecords(NamedTuple):
    website_id: str
    key: str


class _TimedSteps:
    """The steps of a check, each repeated until it succeeds or its time is up."""

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
                raise CheckFailedError(f"not {name} after {spent:.1f} s: {reply}", todo, self.seconds)
            time.sleep(float(reply.retry_after) if reply.retry_after.isdecimal() else pause)
            pause = min(pause * 2, _PAUSE_SECONDS_MAX)


def check_event(target: Target, *, wait_seconds: float) -> Finding:
    steps = _TimedSteps()
    with _test_records(target) as (website_id, key):
        api = ApiClient(target.api_url, key)
        steps.step(
            "admitted",
            KEY_SECONDS,
            lambda: api.get("/api/v1/me"),
            lambda reply: reply.status == 200,
            f"`pixelctl workspace show {WORKSPACE_ID}` shows faults of its usage-plan key; see the log of authorizer",
        )
        event = _pageview(website_id)
        taken = steps.step(
            "taken",
            TAKEN_SECONDS,
            lambda: api.post("/api/v1/pixel/events", event),
            lambda reply: reply.status == 202,
            "find that request id in the log of ingest_event",
        )
        steps.step(
            "counted",
            wait_seconds,
            lambda: api.get("/api/v1/pixel/query/p_top_pages", {"website_id": website_id, "path": _PATH}),
            lambda reply: reply.status == 200 and _counted(reply) == 1,
            "see `pixelctl dead-letter list`, the log of drain_spill, and docs/runbook.md#spillwaitsalarm",
        )
    spent = ", ".join(f"{name} after {seconds:.1f} s" for name, seconds in steps.seconds.items())
    return Finding(f"a pageview was {taken.data.get('status')} and counts once: {spent}", steps.seconds)


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
        raise CheckFailedError(
            f"one pageview counts {pageviews} times", "leave the stack as it is and report this as a bug"
        )
    return pageviews


@contextmanager
def _test_records(target: Target) -> Iterator[_TestRecords]:
    with suppress(AlreadyExistsError):
        create_workspace(target.store, target.usage_plans, NewWorkspace(name=NAME), workspace_id=WORKSPACE_ID)
    _remove_left_behind(target)
    with ExitStack() as removal:
        website_id, key = new_id(WEBSITE.id_prefix), keys.generate(test=True)
        # Registered before the creation: if its answer is lost, the website exists all the same.
        removal.callback(_remove_website, target, website_id)
        domain = f"{website_id.removeprefix('admx_')}.doctor.example"
        WEBSITES.create(target.store, WORKSPACE_ID, NewWebsite(domain=domain, name=NAME), record_id=website_id)
        expires_at = now() + _LIFETIME
        scopes = (Scope.READ, Scope.WRITE)
        new = NewKey(name=NAME, scopes=scopes, expires_at=expires_at, key=key)
        _, record = create_key(target.store, WORKSPACE_ID, new)
        removal.callback(_revoke, target, record.key_id)
        yield _TestRecords(website_id, key)


def _remove_website(target: Target, website_id: str) -> None:
    try:
        with suppress(NotFoundError):
            WEBSITES.delete(target.store, WORKSPACE_ID, website_id)
    except FAILURES as failure:
        failure.add_note(f"The doctor's website {website_id} was not removed; a run after half an hour removes it.")
        raise


def _revoke(target: Target, key_id: str) -> None:
    try:
        revoke_key(target.store, key_id)
    except FAILURES as failure:
        failure.add_note(f"The doctor's key {key_id} was not revoked; it expires within half an hour.")
        raise


def _remove_left_behind(target: Target) -> None:
    """Delete websites of killed runs, but not that of a run at the same time."""
    for website in target.store.list_live(WEBSITE, WORKSPACE_ID):
        if from_iso(website["created_at"]) < now() - _LIFETIME:
            _remove_website(target, website["id"])
