"""Events made to collide: few visitors, websites, paths and goals, at the edges of the definitions."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from pixel.workspaces.goal_definitions import definition_of
from tests.pipes.oracle.question import Row
from tests.pipes.vocabulary import ACTIONS, DEFINED_GOALS, PROFILES, SOURCES, TRAITS, VISITORS, WEBSITES

TABLES = ("pageviews", "custom_goals", "visitor_payments", "identities", "goals", "engagements")
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")  # the last one's clock changes by half an hour
_MILLISECOND = timedelta(milliseconds=1)
_HALF_HOUR = timedelta(minutes=30)
_GAPS = (
    *(timedelta(0), _MILLISECOND, timedelta(seconds=7, milliseconds=5), timedelta(minutes=4), timedelta(minutes=11)),
    *(_HALF_HOUR - _MILLISECOND, _HALF_HOUR, _HALF_HOUR + _MILLISECOND, timedelta(hours=5), timedelta(hours=24)),
)
_OFFSETS = (
    *(timedelta(0), timedelta(0), -_MILLISECOND, _MILLISECOND, timedelta(seconds=10), timedelta(minutes=-20)),
    *(timedelta(minutes=45), timedelta(hours=2), timedelta(hours=-3), timedelta(hours=9)),
)
_LAGS = (
    *(timedelta(0), timedelta(milliseconds=250), timedelta(seconds=3), timedelta(hours=2), timedelta(seconds=-1)),
    timedelta(days=12),  # a back-fill
)
_SHIFTS = (timedelta(0), _MILLISECOND, -_MILLISECOND, timedelta(minutes=7), timedelta(hours=-3))

_AGES = (
    *(timedelta(minutes=-50), timedelta(seconds=25), timedelta(minutes=3), timedelta(minutes=40), timedelta(hours=5)),
    *(timedelta(hours=26), timedelta(days=12), timedelta(days=29, hours=20), timedelta(days=30, hours=10)),
)
# Of p_realtime_visitors, p_pixel_healthcheck and the default window, also with the day on both sides.
_BORDERS = [
    age + around
    for age in (*(timedelta(minutes=minutes) for minutes in (0, 1, 5, 60, -60)), timedelta(days=1), timedelta(days=30))
    for around in (timedelta(0), timedelta(days=1), timedelta(days=-1))
]
_TEST_SECONDS_MAX = timedelta(seconds=20)


class Scene(NamedTuple):
    """A window around a change of clocks, and the events of two tenants."""

    dice: Random  # for what is asked of it
    zone: str
    start: datetime
    end: datetime
    tenants: tuple[dict[str, list[Row]], dict[str, list[Row]]]


def clock_changes(zone: str, year: int) -> list[datetime]:
    """Return the hours in which the zone's clock changes."""
    hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=number) for number in range(365 * 24)]
    place = ZoneInfo(zone)
    offsets = [hour.astimezone(place).utcoffset() for hour in hours]
    return [hour for hour, before, after in zip(hours[1:], offsets, offsets[1:], strict=False) if before != after]


# Of the last whole year: rows are kept 61 months, whenever this runs.
_CHANGES = [(zone, change) for zone in ZONES for change in clock_changes(zone, datetime.now(UTC).year - 1)]

_VISITS = (0, 3, 12, 16, 20, 24)
_SESSION_IDS: Sequence[Row] = ({}, {}, {}, {"session_id": "s1"}, {"session_id": "s2"})
_CHANGES_WITHIN: Sequence[Row] = (
    *([{}] * 8),
    *(
        {"is_bot": 1},
        {"is_bot": 1},
        {"session_id": "s1"},
        {"session_id": ""},
        SOURCES[2],
        SOURCES[5],
        PROFILES[1],
        PROFILES[2],
    ),
)


# From one seed each: drawn piece by piece, large scenes are rare, and only they have many things happen at once.
# What is lost, that a failing example gets smaller, is what `comparison.smallest` does.
DICE = st.randoms(use_true_random=True)


def scene_of(dice: Random) -> Scene:
    zone, change = dice.choice(_CHANGES)
    midnight = _midnight(change, zone) - timedelta(days=dice.choice((0, 1, 2)))
    start = midnight + dice.choice((timedelta(0), timedelta(0), timedelta(hours=7, minutes=11, seconds=3)))
    end = start + dice.choice((timedelta(days=1), timedelta(days=3), timedelta(days=9, hours=2)))
    day = timedelta(days=1)
    moments = [start, end, start - day, end + day, change, _midnight(change + day, zone)]
    moments += [start + (end - start) * share / 8 for share in (1, 2, 3, 4, 5, 7)]
    return Scene(dice, zone, start, end, (_tenant(dice, moments), _tenant(dice, moments)))


def recent_scene_of(dice: Random) -> Scene:
    """Generate a scene around now, without events so near a border that a test's duration matters."""
    now = datetime.now(UTC)
    moments = [now - age for age in _AGES]
    first, second = (
        {table: [row for row in rows if _is_clear(row, now)] for table, rows in _tenant(dice, moments).items()}
        for _ in range(2)
    )
    return Scene(dice, dice.choice(ZONES), now - timedelta(days=30), now, (first, second))


def _tenant(dice: Random, moments: Sequence[datetime]) -> dict[str, list[Row]]:
    tables: dict[str, list[Row]] = {table: [] for table in TABLES}
    for _ in range(dice.choice(_VISITS)):
        for table, row in _visit(dice, dice.choice(moments) + dice.choice(_OFFSETS)):
            number = sum(other["website_id"] == row["website_id"] for other in tables[table])
            # The same ids in every table, on every website and of both tenants; their order is not that of time.
            # The last has the form of those that the API makes, the second only their beginning.
            ids = (f"b{number}", f"evt_9{number}", f"A{number}", f"evt_-{number:031}")
            tables[table].append({**row, "event_id": ids[number % 4]})
    for table in TABLES[:3]:
        tables[table] += _copies(dice, tables[table])
    for number in range(dice.randint(0, 4)):
        stamp = written(moments[0] + timedelta(seconds=number))
        owner = {"visitor_id": dice.choice(VISITORS), "website_id": dice.choice(WEBSITES), "event_id": f"i{number}"}
        times = {"timestamp": stamp, "received_at": stamp}
        known = {"external_id_hash": dice.choice("ab") * 64, "traits": dice.choice(TRAITS)}
        tables["identities"].append({**owner, **times, **known})
    tables["goals"] += _goals(dice)
    tables["engagements"] += _engagements(dice, tables["pageviews"])
    for rows in tables.values():
        dice.shuffle(rows)
    return tables


def _engagements(dice: Random, pageviews: Sequence[Row]) -> Iterator[Row]:
    """Yield how some pages were seen; some rows arrive twice, and some again with the time of their second receipt."""
    names = ("website_id", "visitor_id", "timestamp", "received_at", "path", "country", "device", "is_bot")
    for number, page in enumerate(pageviews):
        seen = {"visible_ms": dice.choice((0, 1, 999, 4200, 86_400_000)), "scroll": dice.choice((0, 33, 100))}
        row = {**{name: page[name] for name in names if name in page}, **seen, "event_id": f"g{number}"}
        yield row
        if dice.random() < 0.3:
            again = written(datetime.fromisoformat(row["received_at"]) + timedelta(hours=1))
            yield {**row, "received_at": again}


def _goals(dice: Random) -> Iterator[Row]:
    """Yield the versions of some goals, the last of which may delete the goal; some rows arrive twice."""
    for number in range(dice.choice((0, 1, 4))):
        website_id = dice.choice(WEBSITES)
        for version in range(dice.randint(1, 3)):
            row = goal_row(website_id, f"goal_{number}", dice.choice(DEFINED_GOALS), version=version + 1)
            yield from dice.choice((1, 2)) * [{**row, "is_deleted": int(version > 0 and dice.random() < 0.3)}]


def goal_row(website_id: str, goal_id: str, given: Row, *, version: int = 1) -> Row:
    """Return the row of a goal without the workspace."""
    item = {"workspace_id": "", "website_id": website_id, "id": goal_id, **given}
    row = definition_of(item, version=version)._asdict()
    return {name: value for name, value in row.items() if name != "workspace_id"}


def _visit(dice: Random, moment: datetime) -> Iterator[tuple[str, Row]]:
    ids = {"website_id": dice.choice((*WEBSITES, WEBSITES[0])), "visitor_id": dice.choice((*VISITORS, VISITORS[0]))}
    traits = {**dice.choice(SOURCES), **dice.choice(PROFILES), **dice.choice(_SESSION_IDS)}
    for _ in range(dice.randint(1, 6)):
        table, action = dice.choice(ACTIONS)
        times = {"timestamp": written(moment), "received_at": written(moment + dice.choice(_LAGS))}
        yield table, {**ids, **times, **traits, **action, **dice.choice(_CHANGES_WITHIN)}
        moment += dice.choice(_GAPS)


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _is_clear(row: Row, now: datetime) -> bool:
    if "timestamp" not in row:
        return True  # a goal
    ages = [now - datetime.fromisoformat(row[name]) for name in ("timestamp", "received_at")]
    # The API refuses what is more than an hour ahead.
    return ages[0] > timedelta(hours=-1) and all(
        abs(age - border) > _TEST_SECONDS_MAX for age in ages for border in _BORDERS
    )


def _copies(dice: Random, rows: Sequence[Row]) -> list[Row]:
    """Return rows sent again: the same, or another row under the same id, received later."""
    found = []
    for row in dice.sample(rows, min(len(rows), dice.randint(0, 5))):
        shift = dice.choice((None, *_SHIFTS))
        if shift is None:
            found.append(dict(row))
            continue
        changes = {
            **{name: row[name] for name in ("website_id", "event_id")},
            "timestamp": written(datetime.fromisoformat(row["timestamp"]) + shift),
            "received_at": written(datetime.fromisoformat(row["received_at"]) + timedelta(hours=1)),
        }
        found.append({**dice.choice(rows), **changes})
    return found


def _midnight(moment: datetime, zone: str) -> datetime:
    there = moment.astimezone(ZoneInfo(zone))
    return there.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)
