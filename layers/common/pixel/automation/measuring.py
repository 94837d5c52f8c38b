"""What the windows of alerts held: one query for all alerts of a workspace that look at the same metric."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from pixel.automation.alert_values import (
    Usual,
    Values,
    ValuesUnavailableError,
    history,
    pool_windows,
    read_values,
    usual,
    windows_of_history,
)
from pixel.automation.formulas import find
from pixel.automation.judging import AlertSettings, AlertState, Observation, Unknown
from pixel.aws import queues
from pixel.aws.attributes import Item
from pixel.foundation.observability import count, describe, logger
from pixel.foundation.settings import settings
from pixel.health.outages import Outage, outages_within, read_outages
from pixel.workspaces.alert_windows import Bounds, length_of
from pixel.workspaces.kinds import WEBSITE, Metric

SIGMA_AGE: Final = timedelta(hours=24)
"""How old the spread of usual values may be before it is worked out anew."""
_MISSING_AFTER: Final = timedelta(hours=6)


class Subject(NamedTuple):
    """An alert with its website and the windows that it has not seen, in their order."""

    alert: Item
    website: Item
    settings: AlertSettings
    state: AlertState
    windows: tuple[Bounds, ...]


class Measured(NamedTuple):
    """What was found in windows of an alert, up to the first whose value is not known yet."""

    observations: tuple[Observation, ...] = ()
    bounds: tuple[Bounds, ...] = ()
    is_put_off: bool = False
    usual: Usual | None = None
    """What was worked out anew of what is usual."""


class _Asked(NamedTuple):
    """What alerts that share a query have in common."""

    metric: Metric
    filters: tuple[tuple[str, str], ...]


def measure(workspace_id: str, subjects: Sequence[Subject], at: datetime) -> dict[str, Measured]:
    """Return what is known of the windows of each alert, by its id."""
    together: defaultdict[_Asked, list[Subject]] = defaultdict(list)
    found = {subject.alert["id"]: Measured() for subject in subjects}
    for subject in subjects:
        if subject.windows and subject.settings.enabled:
            together[_asked(subject)].append(subject)
        elif subject.windows:
            found[subject.alert["id"]] = _unjudged(subject)
    if not together:
        return found
    outages, is_filling = read_outages(), queues.waiting(settings().spill_queue_url) > 0
    for asked, alike in together.items():
        values = _read(workspace_id, asked, alike, at)
        for subject in alike:
            own = None if values is None else values[subject.website["id"]]
            found[subject.alert["id"]] = _measured(subject, own, outages, at, is_filling=is_filling)
    return found


def _asked(subject: Subject) -> _Asked:
    metric = subject.settings.rule.metric
    filters: dict[str, str] = {**subject.alert.get("filters", {})}
    if metric == "revenue":
        filters.setdefault("currency", subject.website.get("currency", WEBSITE.defaults["currency"]))
    return _Asked(metric, tuple(sorted(filters.items())))


def _unjudged(subject: Subject) -> Measured:
    """Return the windows of a paused alert, which are passed over."""
    observations = tuple(Observation.missing(bounds.end, "failed") for bounds in subject.windows)
    return Measured(observations, subject.windows)


def _read(workspace_id: str, asked: _Asked, subjects: Sequence[Subject], at: datetime) -> Mapping[str, Values] | None:
    """Return the values by website, or None if the warehouse does not answer."""
    windows: defaultdict[str, set[Bounds]] = defaultdict(set)
    for subject in subjects:
        windows[subject.website["id"]] |= set(_needed(subject, at))
    try:
        return read_values(workspace_id, windows, asked.metric, dict(asked.filters))
    except ValuesUnavailableError as failure:
        count("AlertQueriesFailed")
        logger.warning("values of alerts unavailable", extra=describe(failure))
        return None


def _needed(subject: Subject, at: datetime) -> Iterator[Bounds]:
    """Yield the windows whose values judging an alert needs."""
    rule, zone = subject.settings.rule, subject.settings.zone
    yield from subject.windows
    weeks = {"threshold": 0, "change": 1, "anomaly": 8}[rule.kind]
    for bounds in subject.windows:
        for before in windows_of_history(rule.window, zone, bounds.end)[:weeks]:
            if before is not None:
                yield before
    if _needs_sigma(subject, at):
        yield from pool_windows(rule.window, zone, subject.windows[0].start)


def _needs_sigma(subject: Subject, at: datetime) -> bool:
    sigma_at = subject.state.sigma_at
    return subject.settings.rule.kind == "anomaly" and (sigma_at is None or at - sigma_at >= SIGMA_AGE)


def _measured(
    subject: Subject, values: Values | None, outages: Sequence[Outage], at: datetime, *, is_filling: bool
) -> Measured:
    rule, zone = subject.settings.rule, subject.settings.zone
    known = Usual(subject.state.sigma, subject.state.first_at)
    renewed = None
    if values is not None and _needs_sigma(subject, at):
        known = renewed = usual(rule.window, zone, subject.windows[0].start, values, rule.metric, outages=outages)
    observations: list[Observation] = []
    for bounds in subject.windows:
        unknown = _why_unknown(subject, bounds, values, outages, is_filling=is_filling)
        if unknown is None and values is not None:
            value = values[bounds]
            seen = history(rule.window, zone, bounds.end, values, first_at=known.first_at, outages=outages)
            observations.append(Observation(bounds.end, value.value, find(rule, value, seen, known.sigma)))
        elif unknown != "canary" and at - bounds.end < max(_MISSING_AFTER, 2 * length_of(rule.window)):
            return Measured(tuple(observations), subject.windows[: len(observations)], is_put_off=True, usual=renewed)
        else:
            observations.append(Observation.missing(bounds.end, unknown or "failed"))
    return Measured(tuple(observations), subject.windows, usual=renewed)


def _why_unknown(
    subject: Subject, bounds: Bounds, values: Values | None, outages: Sequence[Outage], *, is_filling: bool
) -> Unknown | None:
    if outages_within(outages, *bounds):
        return "canary"
    if values is None:
        return "failed"
    may_be_a_fall = subject.settings.rule.direction != "above" or subject.settings.rule.kind != "threshold"
    return "filling" if is_filling and may_be_a_fall else None
