"""Clicks made to collide: few links, visitors and places, at the edges of the window and of its buckets."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from tests.pipes.generate import Scene, recent_scene_of, scene_of, written
from tests.pipes.oracle.question import Row

LINKS = ("link_a", "link_b", "link_c", "")
TAGS = ("spring", "Ä'b", "100%", "spring ")
_OUTCOMES = (
    *("redirected",) * 6,
    *("interstitial", "tracked", "preview", "password", "not_found", "expired", "banned"),
)
_PLACES: Sequence[Row] = (
    {"country": "DE", "continent": "EU", "region": "BE", "city": "Berlin", "language": "de"},
    {"country": "US", "continent": "NA", "region": "BE", "city": "Berlin", "language": "en"},
    {"country": "US", "continent": "NA", "region": "NY", "city": "New York", "language": "en"},
    {},
)
_DEVICES: Sequence[Row] = (
    {"device": "desktop", "browser": "Firefox", "os": "Linux", "user_agent": "a"},
    {"device": "mobile", "browser": "Safari", "os": "iOS", "user_agent": "b"},
    {},
)
_SOURCES: Sequence[Row] = (
    {"channel": "direct"},
    {
        "channel": "ai",
        "referrer_host": "perplexity.ai",
        "llm_engine": "perplexity",
        "referrer": "https://perplexity.ai/",
    },
    {"channel": "email", "utm_source": "news", "utm_medium": "email", "utm_campaign": "50% off", "utm_term": "a b"},
    {"channel": "email", "utm_source": "news", "utm_medium": "email", "utm_campaign": "autumn", "utm_content": "top"},
)
_OFFSETS = tuple(
    timedelta(milliseconds=milliseconds) for milliseconds in (0, 0, -1, 1, 7_000, -90_000, 1_800_000, 7_200_000)
)


def click_scene_of(dice: Random, *, recent: bool = False) -> Scene:
    """Return a scene of the other pipes whose tenants have clicks and no events."""
    scene = recent_scene_of(dice) if recent else scene_of(dice)
    first, second = ({"clicks": _clicks(scene)} for _ in scene.tenants)
    return scene._replace(tenants=(first, second))


def _clicks(scene: Scene) -> list[Row]:
    """Return the clicks of a tenant, some of which arrive again, the later copy with another outcome or country."""
    dice = scene.dice
    length = scene.end - scene.start
    moments = [scene.start, scene.end, *(scene.start + length * share / 8 for share in (1, 2, 3, 4, 5, 7))]
    rows = [
        click(dice, f"clk_{number % 7}{number}", dice.choice(moments) + dice.choice(_OFFSETS))
        for number in range(dice.choice((0, 5, 40, 80)))
    ]
    rows += [_received_again(dice, row) for row in dice.sample(rows, len(rows) // 5)]
    dice.shuffle(rows)
    return rows


def click(dice: Random, click_id: str, moment: datetime) -> Row:
    """Return the row of a click without the workspace."""
    link_id = dice.choice(LINKS)
    return {
        "link_id": link_id,
        "click_id": click_id,
        "timestamp": written(moment),
        "received_at": written(moment + timedelta(milliseconds=dice.choice((0, 250, 7_200_000)))),
        "domain": dice.choice(("go.example", "l.example")),
        "code": link_id.removeprefix("link_") or "none",
        "campaign_id": dice.choice(("camp_1", "")),
        "folder_id": dice.choice(("fold_1", "")),
        "tags": dice.choice(([], ["spring"], ["spring", "Ä'b"], ["100%", "spring "])),
        "rule_id": dice.choice(("", "", "rule_1")),
        "variant": dice.choice((0, 1, 2)),
        "destination_host": dice.choice(("shop.example", "")),
        "status": dice.choice((302, 307)),
        "outcome": dice.choice(_OUTCOMES),
        "trigger": dice.choice(("link", "link", "qr", "deeplink")),
        "visitor_hash": dice.choice("abcdef") * 32,
        **dice.choice(_PLACES),
        **dice.choice(_DEVICES),
        **dice.choice(_SOURCES),
        **dice.choice(({}, {}, {"is_bot": 1, "bot_reason": "crawler"})),
    }


def _received_again(dice: Random, row: Row) -> Row:
    received_at = datetime.fromisoformat(row["received_at"]).astimezone(UTC) + timedelta(minutes=dice.choice((1, 300)))
    changes: Row = dice.choice(({}, {}, {"outcome": "expired"}, {"country": "FR"}, {"is_bot": 1}))
    return {**row, "received_at": written(received_at), **changes}
