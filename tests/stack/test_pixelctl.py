"""`pixelctl --local`, as a shell starts it, on the running stack: what it makes works at once."""

from pixel.auth.keys import generate
from pixel.ingest import spill
from tests.stack.commands import pixelctl, pixelctl_in_a_shell
from tests.stack.kept_rows import as_functions_of, pageview, wait_for
from tests.stack.running import RunningStack


def test_workspace_and_key_work_as_soon_as_they_are_made(stack: RunningStack) -> None:
    workspace_id = pixelctl_in_a_shell(stack, "workspace", "create", "Acme")["workspace_id"]
    created = pixelctl(stack, "key", "create", workspace_id, "--name", "backend", "--scopes", "pixel:read")

    answer = stack.call("/api/v1/me", key=created["key"])

    assert answer.status == 200
    assert answer.json["data"] == {
        "key_id": created["key_id"],
        "name": "backend",
        "workspace_id": workspace_id,
        "scopes": ["pixel:read"],
        "website_ids": None,
        "expires_at": None,
        "rate_limit": {"limit": 60, "window_seconds": 60},
        "limits": {},
    }


def test_a_new_limit_holds_for_the_keys_there_are(stack: RunningStack) -> None:
    workspace_id = pixelctl(stack, "workspace", "create", "Acme")["workspace_id"]
    key = pixelctl(stack, "key", "create", workspace_id)["key"]

    pixelctl(stack, "workspace", "set-limit", workspace_id, "2000")

    assert stack.call("/api/v1/me", key=key).headers["X-RateLimit-Limit"] == "2000"


def test_a_replayed_dead_letter_is_queued_until_it_is_stored(stack: RunningStack) -> None:
    demo, site = stack.state["workspace_id"], stack.state["website_id"]
    with as_functions_of(stack):
        spill.dead_letter("pageviews", [pageview(demo, "e-replayed", website_id=site)], "of test_pixelctl")

    pixelctl(stack, "dead-letter", "replay", "--reason", "of test_pixelctl")

    assert pixelctl(stack, "events", "show", "e-replayed")["fate"] in {"queued", "stored"}
    wait_for(lambda: pixelctl(stack, "events", "show", "e-replayed").get("via") == "queue")


def test_a_rotated_key_hands_over_to_the_next(stack: RunningStack) -> None:
    workspace_id = pixelctl(stack, "workspace", "create", "Acme")["workspace_id"]
    old = pixelctl(stack, "key", "create", workspace_id)

    new = pixelctl(stack, "key", "rotate", old["key_id"])

    assert stack.call("/api/v1/me", key=new["key"]).status == 200
    assert stack.call("/api/v1/me", key=old["key"]).code == "api_key_revoked"
    assert stack.call("/api/v1/me", key=generate()).code == "invalid_api_key"


def test_numbers_are_read_as_the_dashboard_reads_them(stack: RunningStack) -> None:
    site = stack.state["website_id"]

    [overview] = pixelctl(stack, "query", "overview", "--website", site)
    pages = pixelctl(stack, "top", "pages", "--website", site, "--limit", "2")
    address = pixelctl(stack, "open", site)["url"]

    assert overview["pageviews"] >= sum(page["pageviews"] for page in pages) > 0
    assert address.startswith(f"{stack.state['api_url']}/dashboard#s=")
