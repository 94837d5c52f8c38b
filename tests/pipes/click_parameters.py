"""Parameters to ask the pipes of short links with."""

from collections.abc import Mapping, Sequence
from random import Random

from tests.pipes.click_rows import LINKS, TAGS
from tests.pipes.generate import ZONES, Scene

type Parameters = dict[str, str]
type Choice = Sequence[str]

DIMENSIONS = (
    *("link_id", "code", "campaign_id", "folder_id", "rule_id", "domain", "tag", "destination_host", "trigger"),
    *(
        "country",
        "continent",
        "region",
        "city",
        "device",
        "browser",
        "os",
        "language",
        "referrer",
        "channel",
        "llm_engine",
    ),
    *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"),
)
CLICK_FILTERS: Mapping[str, Choice] = {
    "link_id": LINKS,
    "campaign_id": ("camp_1",),
    "domain": ("go.example",),
    "folder_id": ("fold_1",),
    "tag_name": (*TAGS, "none"),
    "rule_id": ("rule_1",),
    "country": ("DE", "us", "FR"),
    "region": ("BE",),
    "city": ("Berlin", "New York"),
    "device": ("Desktop", "mobile"),
    "browser": ("Firefox",),
    "os": ("iOS",),
    "language": ("de",),
    "referrer": ("perplexity.ai",),
    "channel": ("Email", "ai"),
    "trigger": ("link", "QR", "deeplink"),
    "utm_source": ("news",),
    "utm_medium": ("email",),
    "utm_campaign": ("50% off", "autumn"),
    "utm_term": ("a b",),
    "utm_content": ("top", ""),
}
_COMMON = ("date_from", "date_to", "timezone", "include_bots", *CLICK_FILTERS)
_PAGE = {"limit": ("", "1000", "3"), "offset": ("", "", "1")}
_OWN: Mapping[str, Mapping[str, Choice]] = {
    "l_totals": {},
    "l_link_totals": {"link_ids": ("link_a", "link_c,none,link_b,link_a")},
    "l_series": {"granularity": ("", "hour", "day", "week", "month")},
    "l_top": {"dimension": ("", *DIMENSIONS), **_PAGE},
    "l_properties": {
        "dimensions": ("tag", "city,country,device,browser,os,utm_source,utm_medium,utm_campaign,referrer", "os,tag"),
        "limit": ("", "1"),
    },
    "l_rules": {},
    "l_clicks": _PAGE,
    "l_live": {"minutes": ("31",)},
}
CLICK_PIPES = tuple(_OWN)
CLICK_PIPES_WITHOUT_DATES = ("l_live", "l_link_totals")
_NEEDED = {"l_link_totals": {"link_ids": "link_a,link_b"}, "l_properties": {"dimensions": "country,tag"}}


def click_view(scene: Scene) -> Parameters:
    """Generate the common parameters: the window, the zone and perhaps filters."""
    dice = scene.dice
    filters = dice.sample(sorted(CLICK_FILTERS), dice.choice((0, 0, 1, 1, 2)))
    return {
        "date_from": f"{scene.start:%Y-%m-%d %H:%M:%S}",
        "date_to": f"{scene.end:%Y-%m-%d %H:%M:%S}",
        "timezone": dice.choice((scene.zone, scene.zone, "UTC", *ZONES)),
        "include_bots": dice.choice(("0", "0", "1")),
        **{name: dice.choice(CLICK_FILTERS[name]) for name in filters},
    }


def click_parameters(dice: Random, pipe: str, seen: Parameters) -> Parameters:
    own = {name: dice.choice(choice) for name, choice in _OWN[pipe].items()}
    dates = {"date_from", "date_to"} if pipe in CLICK_PIPES_WITHOUT_DATES else set()
    shared = {name: value for name, value in seen.items() if name not in dates}
    return {**shared, **{name: value for name, value in own.items() if value}}


def needed_of_clicks(pipe: str) -> Parameters:
    """Return parameters that the pipe requires beside the workspace."""
    return dict(_NEEDED.get(pipe, {}))


def names_of_clicks(pipe: str) -> tuple[str, ...]:
    """Return all parameters of the pipe except the workspace."""
    return (*_COMMON, *_OWN[pipe])
