"""A limit of clicks is exact, however many come at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from pixel.links.models import LinkChanges
from pixel.links.store import LinkStore
from pixel.workspaces.models import checked
from tests.conftest import Frozen
from tests.links_given import WORKSPACE, new_link
from tests.routes.redirects.conftest import Clicks
from tests.routes.redirects.visiting import visit

_THREADS = 64
_LIMIT = 100


def test_a_limit_of_a_hundred_lets_exactly_a_hundred_through_64_threads(links: LinkStore, clicks: Clicks) -> None:
    link = new_link(links, clicks_limit=_LIMIT, expired_url="https://example.com/over")
    barrier = Barrier(_THREADS)

    def click(_: int) -> list[str | None]:
        barrier.wait(timeout=30)
        return [visit(f"/{link['code']}").location for _ in range(3)]

    with ThreadPoolExecutor(_THREADS) as pool:
        locations = [location for found in pool.map(click, range(_THREADS)) for location in found]

    assert locations.count("https://example.com/page") == _LIMIT
    assert locations.count("https://example.com/over") == 3 * _THREADS - _LIMIT
    outcomes = [row["outcome"] for row in clicks]
    assert outcomes.count("redirected") == _LIMIT
    assert outcomes.count("used_up") == 3 * _THREADS - _LIMIT


def test_a_higher_limit_lets_more_through_and_none_all(links: LinkStore, clicks: Clicks, frozen: Frozen) -> None:
    link = new_link(links, clicks_limit=1)

    def statuses() -> list[int]:
        return [visit(f"/{link['code']}").status for _ in range(3)]

    before = statuses()
    for limit in (2, None):
        links.update(WORKSPACE, link["id"], checked(LinkChanges, {"clicks_limit": limit}))
        frozen.move(5)
        before += statuses()

    assert before == [302, 410, 410, 302, 410, 410, 302, 302, 302]
