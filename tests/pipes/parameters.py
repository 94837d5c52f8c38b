"""Parameters to ask the pipes with."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random

from tests.pipes.click_parameters import (
    CLICK_PIPES,
    CLICK_PIPES_WITHOUT_DATES,
    Choice,
    Parameters,
    names_of_clicks,
    needed_of_clicks,
)
from tests.pipes.generate import ZONES, Scene
from tests.pipes.vocabulary import CURRENCIES, GOALS, PATHS, VISITORS, WEBSITES

WITHOUT_DATES = (
    *("p_realtime_visitors", "p_pixel_healthcheck", "i_event", "i_realtime"),
    *CLICK_PIPES_WITHOUT_DATES,
)
OF_ONE_VISITOR = ("p_visitor_profile", "p_visitor_timeline")
_WITHOUT_FILTERS = (*OF_ONE_VISITOR, "p_pixel_healthcheck", "f_site_totals")

INTERNAL = ("i_event",)
"""Pipes without an oracle, which functions read and callers cannot; tests of tenants and plans try them too."""

PROPERTY_KEYS = ("plan", "é", "seats", "none")

_FILTERS: Mapping[str, tuple[str, ...]] = {
    "path": PATHS,
    "country": ("DE", "us", "FR"),
    "device": ("desktop", "Mobile"),
    "browser": ("Firefox", "Chrome"),
    "os": ("Linux", "iOS"),
    "channel": ("direct", "Email", "ai"),
    "referrer": ("google.com", "perplexity.ai"),
    "utm_source": ("news", "chatgpt.com"),
    "utm_medium": ("email",),
    "utm_campaign": ("spring", "autumn"),
    "utm_term": ("a b",),
    "utm_content": ("top", ""),
    "property_key": PROPERTY_KEYS,
    "property_value": ("a", "3", "null", ""),
}
_OF_ENGAGEMENTS = ("path", "country", "device")
_PROPERTY = ("property_key", "property_value")
_PAIRS = (("path", "channel"), ("country", "utm_source"), ("device", "os"), _PROPERTY, _PROPERTY)
_STEPS = ("/", *PATHS, "goal:signup", *(f"goal:{goal}" for goal in GOALS), "goal:Prices", "goal:Sign-up")
_STEPS_V2 = (*_STEPS, "payment", "payment", "payment:plan")
_HASHES = ("a" * 64, "b" * 64)
_HOURS = ("", "1", "24", "720")
_PAGE = {"limit": (("", "", "", "1000", "3")), "offset": (("", "", "", "1"))}
_OWN: Mapping[str, Mapping[str, Choice]] = {
    "p_realtime_visitors": {"minutes": (("", "1", "5", "60"))},
    "p_top_pages": {"sort": ("", "pageviews", "visitors", "entrances", "exits"), **_PAGE},
    "p_referrers": _PAGE,
    "p_geo": {"level": (("", "country", "region", "city")), **_PAGE},
    "p_devices": _PAGE,
    "p_tech": {"by": ("", "both", "browser", "os"), **_PAGE},
    "p_languages": _PAGE,
    "p_traffic_sources": {
        "by": ("", "all", "channel", "source", "campaign"),
        "currency": (("", "eur", *CURRENCIES)),
        **_PAGE,
    },
    "p_funnel": {"steps": _STEPS, "window_hours": _HOURS},
    "p_funnel_v2": {
        "steps": _STEPS_V2,
        "window_hours": _HOURS,
        "strict": (("", "0", "1")),
        "breakdown": (("", "country", "device", "browser", "os", "channel", "utm_source", "utm_campaign")),
        "limit": ("", "", "1", "2"),
    },
    "p_goal_conversions": {"currency": ("", *CURRENCIES), **_PAGE},
    "p_attributed_revenue": {
        "model": (("", "first_touch", "last_touch", "last_non_direct", "linear", "position_based")),
        "by": (("", "channel", "source", "campaign")),
        "lookback_days": (("", "", "0", "3", "30")),
        "before": ("touches",),
    },
    "p_retention_cohort": {"period": ("", "day", "week", "month"), **_PAGE},
    "p_sessions_list": _PAGE,
    "p_visitor_profile": {"visitor_id": ("", *VISITORS, "nobody"), "external_id_hash": _HASHES},
    "p_visitor_timeline": {"visitor_id": ("", *VISITORS), "external_id_hash": _HASHES, **_PAGE},
    "p_llm_traffic": _PAGE,
    "p_events_catalog": _PAGE,
    "p_pixel_healthcheck": {},
    "p_metric_series": {
        "metric": (("", "visitors", "pageviews", "sessions", "bounce_rate", "avg_duration", "conversions", "revenue")),
        "granularity": (("", "hour", "day", "week", "month")),
        "currency": (("", *CURRENCIES)),
    },
    "p_overview": {"currency": ("", "usd", *CURRENCIES), "before": ("previous",)},
    "p_properties": {"property_key": PROPERTY_KEYS, **_PAGE},
    "p_engagement": _PAGE,
    "i_event": {"event_id": ("e1",), "row_id": ("", "e1")},
    "i_summary": {},
    "i_alert_values": {
        "website_ids": (",".join(WEBSITES), WEBSITES[0]),
        "windows": ("1748736000,3600,24", "1748736000,86400,7;1749340800,3600,1"),
        "metric": (("", "visitors", "pageviews", "sessions", "bounce_rate", "avg_duration", "conversions", "revenue")),
        "goal": ("", "", "signup", *GOALS),
        "currency": ("", *CURRENCIES),
    },
    "i_realtime": {"minutes": ("", "30")},
    "f_site_totals": {},
}


def view(scene: Scene) -> Parameters:
    """Generate the common parameters: the window, the zone, perhaps a website and filters."""
    dice = scene.dice
    single = sorted(_FILTERS.keys() - {"property_value"})
    filters = dice.choice(((), (), (), *((name,) for name in dice.sample(single, 2)), dice.choice(_PAIRS)))
    return {
        "date_from": f"{scene.start:%Y-%m-%d %H:%M:%S}",
        "date_to": f"{scene.end:%Y-%m-%d %H:%M:%S}",
        "timezone": dice.choice((scene.zone, scene.zone, "", *ZONES)),
        "website_id": dice.choice(("", "", "", *WEBSITES)),
        "include_bots": dice.choice(("", "0", "1")),
        **{name: dice.choice(_FILTERS[name]) for name in filters},
    }


def parameters(dice: Random, pipe: str, seen: Parameters) -> Parameters:
    own = {name: _one(dice, name, choice) for name, choice in _OWN[pipe].items()}
    dateless = pipe in WITHOUT_DATES or (pipe in OF_ONE_VISITOR and dice.random() < 0.5)
    shared = {name: value for name, value in seen.items() if not (dateless and name in {"date_from", "date_to"})}
    if pipe in _WITHOUT_FILTERS:
        shared = {name: value for name, value in shared.items() if name not in _FILTERS}
    if pipe == "i_alert_values":
        own["windows"] = _windows(dice, seen["date_from"])
    if pipe == "p_engagement":
        shared = {name: value for name, value in shared.items() if name not in _FILTERS or name in _OF_ENGAGEMENTS}
    given = {**shared, **own}
    # An empty filter is no filter; of the others only their absence is.
    takes_empty = {"website_id", *_FILTERS}
    return {name: value for name, value in given.items() if value or (name in takes_empty and dice.random() < 0.5)}


def _windows(dice: Random, start: str) -> str:
    """Return runs of windows that follow each other from the start of the scene, with gaps between them."""
    at, runs = int(datetime.fromisoformat(f"{start}+00:00").timestamp()), []
    for _ in range(dice.randint(1, 4)):
        seconds, number = dice.choice(((300, 12), (900, 8), (3_600, 24), (86_400, 3))), dice.randint(1, 6)
        runs.append(f"{at},{seconds[0]},{min(number * 4, seconds[1])}")
        at += seconds[0] * seconds[1] + dice.choice((0, 900, 86_400))
    return ";".join(runs)


def _one(dice: Random, name: str, choice: Sequence[str]) -> str:
    return ",".join(dice.choices(choice, k=dice.choice((2, 2, 3, 4)))) if name == "steps" else dice.choice(choice)


def needed_of(pipe: str) -> Parameters:
    """Return parameters that the pipe requires beside the workspace, those that tokens of the API fix among them."""
    if pipe in CLICK_PIPES:
        return needed_of_clicks(pipe)
    required = {"steps": "/,/pricing", "visitor_id": VISITORS[0], "property_key": PROPERTY_KEYS[0], "event_id": "e1"}
    required |= {"windows": "1748736000,3600,24"}
    return {
        name: required.get(name, choice[0])
        for name, choice in _OWN[pipe].items()
        if name in required or name == "before"
    }


def names_of(pipe: str) -> tuple[str, ...]:
    """Return all parameters of the pipe except the workspace."""
    if pipe in CLICK_PIPES:
        return names_of_clicks(pipe)
    return ("website_id", "date_from", "date_to", "timezone", "include_bots", *_FILTERS, *_OWN[pipe])
