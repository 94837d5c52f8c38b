"""What the windows of alerts held: one query for alerts of a workspace with the same metric and length of window."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from pixel.automation.alert_values import Usual, Values, ValuesUnavailableError, pool_windows, read_values, usual
from pixel.automation.judging import AlertSettings, AlertState, Observation, Unknown, waiting_time
from pixel.automation.observing import filters_of, known_of, observe, windows_needed
from pixel.aws import queues
from pixel.aws.attributes import Item
from pixel.foundation.observability import count, describe, logger
from pixel.foundation.settings import settings
from pixel.health.outages import Outage, outages_within, read_outages
from pixel.workspaces.alert_windows import Bounds
from pixel.workspaces.vocabulary import Metric, Window

_LEARNING_AT_ONCE: Final = 5
"""How many alerts work out what is usual in one evaluation: each asks for the values of weeks."""
LEARNT_AGAIN_AFTER: Final = timedelta(hours=24)
"""How old it may be what is usual before it is worked out anew."""


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
    learnt: Usual | None = None
    """What was worked out anew of what is usual."""


class _Asked(NamedTuple):
    """What alerts that share a query have in common."""

    metric: Metric
    filters: tuple[tuple[str, str], ...]
    window: Window
    """A query tells windows apart by their starts, so those of one length alone belong in it."""


class _Known(NamedTuple):
    """What is known when windows are looked at, beside their values."""

    at: datetime
    outages: Sequence[Outage]
    is_filling: bool
    """Whether rows wait in the spill queue, which may be of any window."""


def measure(workspace_id: str, subjects: Sequence[Subject], at: datetime) -> Iterator[dict[str, Measured]]:
    """Yield what is known of the windows of some alerts, by their ids: those that share a query, as it is answered."""
    together: defaultdict[_Asked, list[Subject]] = defaultdict(list)
    passed_over: dict[str, Measured] = {}
    for subject in subjects:
        if subject.windows and subject.settings.enabled:
            filters = tuple(sorted(filters_of(subject.alert, subject.website).items()))
            rule = subject.settings.rule
            together[_Asked(rule.metric, filters, rule.window)].append(subject)
        else:
            passed_over[subject.alert["id"]] = _passed_over(subject)
    yield passed_over
    if not together:
        return
    known = _Known(at, read_outages(), is_filling=queues.waiting(settings().spill_queue_url) > 0)
    learning = {subject.alert["id"] for subject in _first_to_learn(subjects, at)}
    for asked, alike in together.items():
        values = _read(workspace_id, asked, alike, learning)
        yield {
            subject.alert["id"]: _measured(
                subject,
                None if values is None else values[subject.website["id"]],
                known,
                learns=subject.alert["id"] in learning,
            )
            for subject in alike
        }


def _first_to_learn(subjects: Sequence[Subject], at: datetime) -> list[Subject]:
    """Return the alerts that work out what is usual this time. The others do so the next times."""
    return [subject for subject in subjects if subject.windows and _learns(subject, at)][:_LEARNING_AT_ONCE]


def _passed_over(subject: Subject) -> Measured:
    """Return the windows of a paused alert, which nobody judges; none if none has ended."""
    observations = tuple(Observation.missing(bounds.end, "failed") for bounds in subject.windows)
    return Measured(observations, subject.windows)


def _read(
    workspace_id: str, asked: _Asked, subjects: Sequence[Subject], learning: Collection[str]
) -> Mapping[str, Values] | None:
    """Return the values by website, or None if the warehouse does not answer."""
    windows: defaultdict[str, set[Bounds]] = defaultdict(set)
    for subject in subjects:
        windows[subject.website["id"]].update(windows_needed(subject.settings, subject.windows))
        if subject.alert["id"] in learning:
            windows[subject.website["id"]].update(_pool(subject))
    try:
        return read_values(workspace_id, windows, asked.metric, dict(asked.filters))
    except ValuesUnavailableError as failure:
        count("AlertQueriesFailed")
        logger.warning("values of alerts unavailable", extra=describe(failure))
        return None


def _pool(subject: Subject) -> list[Bounds]:
    return pool_windows(subject.settings.rule.window, subject.settings.zone, subject.windows[0].start)


def _learns(subject: Subject, at: datetime) -> bool:
    learnt_at = subject.state.sigma_at
    return subject.settings.rule.kind == "anomaly" and (learnt_at is None or at - learnt_at >= LEARNT_AGAIN_AFTER)


def _measured(subject: Subject, values: Values | None, known: _Known, *, learns: bool) -> Measured:
    rule, learnt = subject.settings.rule, None
    if values is not None and learns:
        until = subject.windows[0].start
        learnt = usual(rule.window, subject.settings.zone, until, values, rule.metric, outages=known.outages)
    observations: list[Observation] = []
    for bounds in subject.windows:
        unknown = _why_unknown(subject, bounds, values, known)
        waits = unknown in ("failed", "filling")
        if waits and known.at - bounds.end < waiting_time(rule.window):
            seen = subject.windows[: len(observations)]
            return Measured(tuple(observations), seen, is_put_off=True, learnt=learnt)
        observations.append(
            observe(
                subject.settings,
                bounds,
                values or {},
                learnt or known_of(subject.state),
                outages=known.outages,
                unknown=unknown,
            )
        )
    return Measured(tuple(observations), subject.windows, learnt=learnt)


def _why_unknown(subject: Subject, bounds: Bounds, values: Values | None, known: _Known) -> Unknown | None:
    if outages_within(known.outages, *bounds):
        return "canary"
    if values is None:
        return "failed"
    rule = subject.settings.rule
    may_be_a_fall = rule.direction != "above" or rule.kind != "threshold"
    return "filling" if known.is_filling and may_be_a_fall else None
