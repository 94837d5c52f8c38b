"""The demo's two workspaces: three weeks up to now."""

from collections.abc import Iterator
from datetime import datetime

from local.demo.traffic.rows import Row
from local.demo.traffic.sites import Site
from local.demo.traffic.visits import generate

_SEED = 7
_DAYS = 21
_SITES = {
    Site("ws_demo", "admx_demo", "demo.example.com"): 16_500,
    Site("ws_other", "admx_other", "other.example.com"): 2_000,
}


def demo_rows(end: datetime) -> Iterator[Row]:
    for site, pageviews in _SITES.items():
        yield from generate(site, seed=_SEED, end=end, days=_DAYS, pageviews=pageviews)
