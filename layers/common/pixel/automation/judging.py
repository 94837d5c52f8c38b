"""What an alert becomes of window to window, and when somebody is told. Pure: no clock, no table.

Whoever is told believes what the last message said. So a message goes when the alert fires or ends, unless the reader
believes that already, is protected by the cooldown, or has snoozed it. An alert that fires meanwhile and goes on firing
is told with the next breach after the cooldown or the snooze. A message that quiet hours hold back is dropped if the
alert has become something else in the meantime.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final, Literal, NamedTuple, Self

from pixel.automation.formulas import Finding, Rule
from pixel.foundation.clock import from_iso, to_iso
from pixel.workspaces.alert_kind import ALERT, VerdictRow
from pixel.workspaces.alert_windows import LATE_WINDOWS_MAX, length_of
from pixel.workspaces.judged import JUDGED
from pixel.workspaces.local_time import instant_of, wall_of
from pixel.workspaces.vocabulary import FOR_DEFAULTS, Missing, VerdictName, Window

Transition = Literal["fired", "recovered", "missing"]
Unknown = Literal["failed", "canary", "filling"]
"""Why a value is unknown: the query failed, the canary is red, or rows of the window still wait in a queue."""

VERDICTS_KEPT: Final = 8
_MISSING_HOURS: Final = 6
_DIGITS: Final = 4


class AlertSettings(NamedTuple):
    """What the record of an alert says about judging."""

    rule: Rule
    zone: str
    windows_to_fire: int
    windows_to_end: int
    cooldown: timedelta
    missing: Missing
    quiet_hours: tuple[str, str] | None
    snoozed_until: datetime | None
    enabled: bool

    @classmethod
    def of(cls, item: Mapping[str, Any], zone: str) -> Self:
        """Return the settings of an alert's item, for a website in this time zone."""
        alert = {**ALERT.defaults, **item}
        quiet, snoozed = alert.get("quiet_hours"), alert.get("snoozed_until")
        rule = Rule(
            alert["metric"],
            alert["kind"],
            alert["direction"],
            alert["threshold"],
            alert["clear"],
            alert["min_volume"],
            alert["window"],
        )
        return cls(
            rule,
            zone,
            alert.get("for") or FOR_DEFAULTS[rule.kind],
            alert["recover"],
            timedelta(minutes=alert["cooldown_minutes"]),
            alert["missing"],
            None if quiet is None else (quiet["from"], quiet["to"]),
            None if snoozed is None else from_iso(snoozed),
            alert["enabled"],
        )


class Observation(NamedTuple):
    """A window that ended at `end`: its value and what that was found to be, or why it is unknown."""

    end: datetime
    value: float | None
    finding: Finding
    unknown: Unknown | None = None

    @classmethod
    def missing(cls, end: datetime, unknown: Unknown) -> Self:
        return cls(end, None, Finding("missing"), unknown)


class AlertState(NamedTuple):
    """What an alert remembers, a map on its item."""

    firing: bool = False
    beside: Literal["learning", "missing"] | None = None
    since: datetime | None = None
    breaches: int = 0
    clears: int = 0
    evaluated_until: datetime | None = None
    evaluated_at: datetime | None = None
    last_value: float | None = None
    missing_since: datetime | None = None
    missing_told: bool = False
    told_firing: bool = False
    """What the last message said, which may still be held back."""
    told_at: datetime | None = None
    """When the last message goes or went."""
    told_since: datetime | None = None
    """Since when the state was what the last message said, by which the message is told from others."""
    fired_at: datetime | None = None
    """When the last message that it fires goes or went, and before it the one that certainly went."""
    fired_before: datetime | None = None
    silenced: int = 0
    """How often it has fired and ended since then without a message."""
    sigma: float | None = None
    sigma_at: datetime | None = None
    first_at: datetime | None = None
    """The start of the first window that has anything, as far back as was looked."""
    undeliverable: str | None = None
    """Why nobody can be told, which whoever tells finds out."""
    rule: str | None = None
    """What was looked at, for what is remembered says nothing of anything else."""
    verdicts: tuple[VerdictRow, ...] = ()

    @property
    def name(self) -> str:
        if self.beside == "missing" or (self.beside is not None and not self.firing):
            return self.beside
        return "firing" if self.firing else "ok"

    def of_rule(self, rule: str) -> Self:
        """Return the state of an alert that looks at this: if it was changed, all is forgotten but what was judged."""
        if self.rule in (None, rule):
            return self._replace(rule=rule)
        return type(self)(evaluated_until=self.evaluated_until, evaluated_at=self.evaluated_at, rule=rule)

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Self:
        """Return the state that is stored on an alert's item."""
        stored = item.get(JUDGED, {})
        found = {name: stored[name] for name in cls._fields if name in stored}
        for name in _MOMENTS & found.keys():
            found[name] = from_iso(found[name])
        return cls(**{**found, "verdicts": tuple(VerdictRow(*row) for row in found.get("verdicts", ()))})

    def to_item(self) -> dict[str, Any]:
        """Return the map for the item, which also has what the record answers under its own names."""
        stored = {
            name: to_iso(value) if isinstance(value, datetime) else value
            for name, value in self._asdict().items()
            if value is not None and value is not False
        }
        evaluated = {} if self.evaluated_at is None else {"last_evaluated_at": to_iso(self.evaluated_at)}
        return {**stored, **evaluated, "verdicts": [[*row] for row in self.verdicts], "state": self.name}


_MOMENTS: Final = frozenset(
    {
        *("since", "evaluated_until", "evaluated_at", "missing_since", "told_at", "told_since"),
        *("fired_at", "fired_before", "sigma_at", "first_at"),
    }
)


class Judgement(NamedTuple):
    """What became of an alert, and what somebody is told, if anything, and when."""

    state: AlertState
    transition: Transition | None = None
    send_at: datetime | None = None
    verdict: VerdictName | None = None
    silenced: int = 0
    """How often it fired without a message since the last one, which this message tells."""


def judge(settings: AlertSettings, state: AlertState, observation: Observation, now: datetime) -> Judgement:
    """Judge one window at the time `now`. One that was judged already changes nothing."""
    return judge_all(settings, state, [observation], now)


def judge_all(
    settings: AlertSettings, state: AlertState, observations: Sequence[Observation], now: datetime
) -> Judgement:
    """Judge windows in their order. After a stop they are many, and one message tells where that ended."""
    before, verdict, counted_as = state, None, None
    for one in sorted(observations, key=lambda observation: observation.end):
        if state.evaluated_until is not None and one.end <= state.evaluated_until:
            continue
        verdict, counted_as = one.finding.verdict, _counted_as(settings, one)
        state = _advanced(settings, state, one) if settings.enabled else _skipped(state, one)
    if verdict is None:
        return Judgement(before)
    state = state._replace(evaluated_at=now)
    if not settings.enabled:
        return Judgement(state, verdict=verdict)
    state = _without_dropped(before, state, now)
    is_snoozed = settings.snoozed_until is not None and now < settings.snoozed_until
    judgement = _told(settings, before, state, now, is_snoozed=is_snoozed, is_breach=counted_as == "breach")
    return judgement._replace(verdict=verdict)


def is_still_true(state: AlertState, transition: Transition, since: datetime | None) -> bool:
    """Return whether a message that was held back is still to go.

    `since` is that of the state when the message was written, or since when its data were missing.
    """
    if transition == "missing":
        return state.missing_told and state.missing_since == since
    return state.told_since == since and state.told_firing == (transition == "fired")


def waiting_time(window: Window) -> timedelta:
    """Return for how long an unknown value is waited for: no longer than its window is looked at after a stop."""
    return min(_missing_time(window), (LATE_WINDOWS_MAX - 1) * length_of(window))


def _missing_time(window: Window) -> timedelta:
    """Return how long nothing may be known until somebody is told."""
    return max(timedelta(hours=_MISSING_HOURS), 2 * length_of(window))


def held_until(settings: AlertSettings, at: datetime) -> datetime:
    """Return when a message may go that is written at `at`: at once, or at the end of the quiet hours."""
    if settings.quiet_hours is None:
        return at
    start, end = map(time.fromisoformat, settings.quiet_hours)
    wall = wall_of(at, settings.zone)
    clock = wall.time()
    is_over_midnight = end < start
    if not (clock >= start or clock < end if is_over_midnight else start <= clock < end):
        return at
    day = wall.date() + timedelta(days=1 if is_over_midnight and clock >= start else 0)
    return max(at, instant_of(datetime.combine(day, end), settings.zone))


def _skipped(state: AlertState, one: Observation) -> AlertState:
    """Return the state of an alert that is paused: nothing is judged, and no streak goes on."""
    return state._replace(evaluated_until=one.end, breaches=0, clears=0)


def _advanced(settings: AlertSettings, state: AlertState, one: Observation) -> AlertState:
    """Return the state after a window, whoever is told."""
    finding = one.finding
    row = VerdictRow(
        to_iso(one.end),
        _rounded(one.value),
        _rounded(finding.expected),
        _rounded(finding.score),
        finding.verdict,
    )
    state = state._replace(
        evaluated_until=one.end,
        last_value=_rounded(one.value) if finding.verdict != "missing" else state.last_value,
        verdicts=(row, *state.verdicts)[:VERDICTS_KEPT],
    )
    verdict = _counted_as(settings, one)
    if verdict == "missing":
        return _held(settings, state, one)
    state = state._replace(beside="learning" if verdict == "learning" else None, missing_since=None, missing_told=False)
    match verdict:
        case "breach":
            state = state._replace(breaches=state.breaches + 1, clears=0)
        case "clear":
            state = state._replace(clears=state.clears + 1, breaches=0)
        case _:
            return state._replace(breaches=0, clears=0)
    if not state.firing and state.breaches >= settings.windows_to_fire:
        return state._replace(firing=True, since=one.end)
    if state.firing and state.clears >= settings.windows_to_end:
        return state._replace(firing=False, since=one.end)
    return state


def _counted_as(settings: AlertSettings, one: Observation) -> VerdictName:
    """Return what a window counts as, which for an unknown value is what the alert says."""
    if one.finding.verdict != "missing" or settings.missing == "hold":
        return one.finding.verdict
    if settings.missing == "ok":
        return "clear"
    # Rows that still wait may raise the value again, so that there is no fall yet.
    may_be_a_fall = settings.rule.direction in ("below", "either")
    return "missing" if one.unknown == "filling" and may_be_a_fall else "breach"


def _held(settings: AlertSettings, state: AlertState, one: Observation) -> AlertState:
    """Return the state after a window that cannot be judged: it stays, until that has lasted too long."""
    window = settings.rule.window
    since = state.missing_since or one.end - length_of(window)
    found_out = one.end + (timedelta(0) if one.unknown == "canary" or one.unknown is None else waiting_time(window))
    lasts_too_long = found_out - since >= _missing_time(window)
    return state._replace(missing_since=since, beside="missing" if lasts_too_long else state.beside)


def _without_dropped(before: AlertState, state: AlertState, now: datetime) -> AlertState:
    """Return the state without the last message if that is still held back and no longer true."""
    is_held = before.told_at is not None and before.told_at > now
    if not is_held or state.firing == before.told_firing:
        return state
    fired_at = before.fired_before if before.told_firing else before.fired_at
    return state._replace(told_firing=not before.told_firing, told_at=None, told_since=None, fired_at=fired_at)


def _told(  # noqa: PLR0913 - what was, what is, and what protects the reader
    settings: AlertSettings, before: AlertState, state: AlertState, now: datetime, *, is_snoozed: bool, is_breach: bool
) -> Judgement:
    """Return the judgement, with a message if the reader is to be told."""
    if is_snoozed:
        # Whoever snoozes an alert that ends does not take it to go on.
        return Judgement(state._replace(told_firing=state.firing and state.told_firing))
    send_at = held_until(settings, now)
    if before.firing and not state.firing and not before.told_firing and _is_cooling(settings, state, before.since):
        state = state._replace(silenced=state.silenced + 1)
    # One that fired without a message is told with a breach: other windows would not show what the message says.
    is_due = is_breach or not before.firing
    if state.firing and not state.told_firing and is_due and not _is_cooling(settings, state, now):
        told = state._replace(told_firing=True, fired_at=send_at, fired_before=state.fired_at)
        return _message(told, "fired", send_at)
    if state.told_firing and not state.firing:
        return _message(state._replace(told_firing=False), "recovered", send_at)
    if state.beside == "missing" and not state.missing_told:
        return Judgement(state._replace(missing_told=True), "missing", send_at)
    return Judgement(state)


def _is_cooling(settings: AlertSettings, state: AlertState, at: datetime | None) -> bool:
    """Return whether a time is within the cooldown after the last message that the alert fires."""
    return state.fired_at is not None and at is not None and at - state.fired_at < settings.cooldown


def _message(state: AlertState, transition: Transition, send_at: datetime) -> Judgement:
    """Return the judgement with a message that says what the state has become."""
    told = state._replace(told_at=send_at, told_since=state.since, silenced=0)
    return Judgement(told, transition, send_at, silenced=state.silenced)


def _rounded(value: float | None) -> float | int | None:
    if value is None:
        return None
    found = round(value, _DIGITS)
    return found if found % 1 else int(found)
