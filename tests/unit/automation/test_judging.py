"""An alert fires, ends, and tells as a second account of it says, whatever its windows were."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixel.automation.formulas import Finding
from pixel.automation.judging import (
    AlertSettings,
    AlertState,
    Judgement,
    Observation,
    held_until,
    is_still_true,
    judge,
    judge_all,
)
from pixel.aws.attributes import from_item, to_item
from pixel.workspaces.judged import JUDGED
from pixel.workspaces.vocabulary import VerdictName
from tests.unit.automation.judging_model import Reader

_START = datetime(2026, 3, 2, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_VERDICTS: dict[str, VerdictName] = {"b": "breach", "c": "clear", "n": "between", "l": "learning", "h": "missing"}


def _settings(**changes: Any) -> AlertSettings:
    item = {"metric": "visitors", "threshold": 100, "cooldown_minutes": 0, **changes}
    return AlertSettings.of(item, changes.pop("zone", "UTC"))


def _seen(hour: int, letter: str, unknown: Any = None) -> Observation:
    value = None if letter == "h" else 100.5
    return Observation(_START + hour * _HOUR, value, Finding(_VERDICTS[letter], 100), unknown)


def _story(settings: AlertSettings, letters: str, state: AlertState | None = None) -> list[Judgement]:
    """Judge a window for each letter, an hour after the other and two minutes after its end."""
    state, found = state or AlertState(), []
    first = 1 if state.evaluated_until is None else round((state.evaluated_until - _START) / _HOUR) + 1
    for hour, letter in enumerate(letters, first):
        judgement = judge(settings, state, _seen(hour, letter), _START + hour * _HOUR + timedelta(minutes=2))
        found.append(judgement)
        state = judgement.state
    return found


def _transitions(settings: AlertSettings, letters: str) -> list[str]:
    return ["-" if one.transition is None else one.transition for one in _story(settings, letters)]


class _Night(NamedTuple):
    letters: Sequence[str]
    is_snoozed: bool


@given(
    evaluations=st.lists(
        st.builds(
            _Night,
            st.lists(st.sampled_from("bbbcccnlh"), min_size=1, max_size=3),
            st.sampled_from((False, False, False, True)),
        ),
        max_size=60,
    ),
    to_fire=st.integers(1, 3),
    to_end=st.integers(1, 3),
    cooldown=st.sampled_from((0, 60, 300, 1_440)),
    quiet=st.sampled_from((None, {"from": "22:00", "to": "07:00"}, {"from": "03:00", "to": "15:30"})),
)
def test_an_alert_becomes_and_tells_what_the_model_says(
    evaluations: list[_Night], to_fire: int, to_end: int, cooldown: int, quiet: Any
) -> None:
    fields = {"for": to_fire, "recover": to_end, "cooldown_minutes": cooldown, "quiet_hours": quiet}
    reader = Reader(cooldown=timedelta(minutes=cooldown), to_fire=to_fire, to_end=to_end)
    state, hour, delivered, waiting = AlertState(), 0, [], None
    for letters, is_snoozed in evaluations:
        windows = [_seen(hour + number, letter) for number, letter in enumerate(letters, 1)]
        hour += len(letters)
        now = _START + hour * _HOUR + timedelta(minutes=3)
        settings = _settings(**fields, snoozed_until="2099-01-01T00:00:00Z" if is_snoozed else None)
        send_at = held_until(settings, now)
        # As whoever sends does it: a message that waited goes if it is still true when its time comes.
        if waiting is not None and waiting[1] <= now:
            if is_still_true(state, waiting[0], waiting[2]):
                delivered.append((waiting[0], waiting[1]))
            waiting = None
        reader.listen(now)

        judgement = judge_all(settings, state, windows, now)
        says = reader.evaluate(letters, now, send_at, is_snoozed=is_snoozed)

        assert judgement.state.firing == reader.is_firing
        assert (judgement.transition if judgement.transition != "missing" else None) == says
        again = judge_all(settings, judgement.state, windows, now + _HOUR)
        assert again == Judgement(judgement.state)
        state = AlertState.of({JUDGED: judgement.state.to_item()})
        assert state == judgement.state
        if waiting is not None and not is_still_true(state, waiting[0], waiting[2]):
            waiting = None  # which it never becomes again
        if says is not None and judgement.transition is not None and judgement.send_at is not None:
            assert judgement.send_at == send_at
            if send_at <= now:
                delivered.append((judgement.transition, send_at))
            else:
                waiting = (judgement.transition, send_at, state.since)

    assert delivered == [(told.says, told.at) for told in reader.delivered]
    fired = [at for says, at in delivered if says == "fired"]
    assert all(later - earlier >= timedelta(minutes=cooldown) for earlier, later in pairwise(fired))


@given(letters=st.text("bbccnlh", min_size=1, max_size=24), to_fire=st.integers(1, 3), to_end=st.integers(1, 3))
def test_windows_after_a_stop_lead_to_the_same_state_and_to_one_message(
    letters: str, to_fire: int, to_end: int
) -> None:
    settings = _settings(**{"for": to_fire, "recover": to_end})
    windows = [_seen(hour, letter) for hour, letter in enumerate(letters, 1)]
    now = windows[-1].end + timedelta(hours=9)

    together = judge_all(settings, AlertState(), windows[::-1], now)
    one_by_one = _story(settings, letters)[-1].state

    same = ("firing", "beside", "since", "breaches", "clears", "evaluated_until", "last_value", "verdicts")
    assert [getattr(together.state, name) for name in same] == [getattr(one_by_one, name) for name in same]
    assert together.transition == (
        "fired" if one_by_one.firing else "missing" if one_by_one.beside == "missing" else None
    )


@pytest.mark.parametrize(
    ("letters", "transitions"),
    [
        ("bcc", "fired - recovered"),
        ("bbb", "fired - -"),
        ("bcnc", "fired - - -"),  # neither stops the streak
        ("bclc", "fired - - -"),
        ("bchc", "fired - - recovered"),  # what cannot be known does not
        ("ccc", "- - -"),
        ("bccb", "fired - recovered fired"),
    ],
)
def test_windows_in_a_row_make_an_alert_fire_and_end(letters: str, transitions: str) -> None:
    assert _transitions(_settings(), letters) == transitions.split()


def test_an_anomaly_takes_two_windows_in_a_row() -> None:
    assert _transitions(_settings(kind="anomaly", threshold=3.5), "bcbnbb") == [*"-----", "fired"]


def test_an_alert_that_fires_within_the_cooldown_says_so_with_the_next_message() -> None:
    judgements = _story(_settings(cooldown_minutes=600, recover=1), "bcbcbc" + "c" * 10 + "b")

    assert [one.transition for one in judgements[:6]] == ["fired", "recovered", None, None, None, None]
    assert judgements[-1].transition == "fired"
    assert judgements[-1].silenced == 2


def test_what_lasts_six_hours_without_data_is_said_once() -> None:
    settings = _settings()

    assert _transitions(settings, "hhhhhhhh") == [*"-----", "missing", "-", "-"]
    story = _story(settings, "b" + "h" * 7 + "b" + "h" * 6)
    assert [one.state.name for one in story] == [*["firing"] * 6, "missing", "missing", *["firing"] * 6, "missing"]
    assert [one.transition for one in story].count("missing") == 2
    assert story[-1].state.firing
    daily = _settings(window="1d")
    days = [_seen(24 * day, "h") for day in (1, 2, 3)]
    assert judge_all(daily, AlertState(), days[:1], days[0].end).transition is None
    assert judge_all(daily, AlertState(), days[:2], days[1].end).transition == "missing"


def test_a_window_without_data_counts_as_the_alert_says() -> None:
    assert _transitions(_settings(missing="ok"), "bhh") == ["fired", "-", "recovered"]
    assert _transitions(_settings(missing="fire"), "h") == ["fired"]


def test_a_fall_never_fires_while_rows_may_still_come() -> None:
    for direction, fires in (("below", False), ("above", True)):
        settings = _settings(missing="fire", direction=direction)
        filling = judge(settings, AlertState(), _seen(1, "h", "filling"), _START + 2 * _HOUR)
        failed = judge(settings, AlertState(), _seen(1, "h", "failed"), _START + 2 * _HOUR)
        assert filling.state.firing == fires
        assert failed.state.firing


def test_an_alert_that_is_paused_is_not_judged_and_goes_on_behind_the_pause() -> None:
    paused = judge(_settings(enabled=False), AlertState(), _seen(5, "b"), _START + 6 * _HOUR)

    assert (paused.transition, paused.state.firing, paused.state.verdicts) == (None, False, ())
    assert paused.state.evaluated_until == _START + 5 * _HOUR


def test_nobody_is_told_while_an_alert_is_snoozed() -> None:
    settings = _settings(snoozed_until="2026-03-02T03:00:00Z", recover=1)

    assert _transitions(settings, "bcbcbc") == ["-", "-", "fired", "recovered", "fired", "recovered"]


def test_an_alert_that_goes_on_firing_is_told_once_when_its_snooze_ends() -> None:
    settings = _settings(snoozed_until="2026-03-02T03:00:00Z")

    assert _transitions(settings, "bbbbbcc") == ["-", "-", "fired", "-", "-", "-", "recovered"]
    assert _transitions(settings, "bbnhlcb") == [*"------", "fired"]  # with a window that shows it
    assert _transitions(settings, "bbncc") == [*"-----"]


def test_an_alert_that_goes_on_firing_is_told_once_when_its_cooldown_ends() -> None:
    judgements = _story(_settings(cooldown_minutes=300, recover=1), "bcbcbbbbb")

    assert [one.transition for one in judgements] == ["fired", "recovered", None, None, None, "fired", None, None, None]
    assert judgements[5].silenced == 1  # the one that is told is none without a message


def test_a_held_message_that_data_are_missing_goes_only_for_the_outage_it_tells() -> None:
    settings = _settings(quiet_hours={"from": "00:00", "to": "23:00"})
    story = _story(settings, "hhhhhhchhhhhhh")
    first, second = (one for one in story if one.transition == "missing")

    assert is_still_true(first.state, "missing", first.state.missing_since)
    assert is_still_true(story[-1].state, "missing", second.state.missing_since)
    assert not is_still_true(story[-1].state, "missing", first.state.missing_since)


def test_quiet_hours_hold_a_message_until_their_end_in_the_website_s_time_zone() -> None:
    at = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)  # 23:30 in Berlin, in the night before summer time
    settings = AlertSettings.of(
        {"metric": "visitors", "threshold": 1, "quiet_hours": {"from": "23:00", "to": "07:00"}}, "Europe/Berlin"
    )

    assert held_until(settings, at) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    assert held_until(settings, at + 3 * _HOUR) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    assert held_until(settings, at - _HOUR) == at - _HOUR
    assert held_until(settings, datetime(2026, 3, 29, 5, tzinfo=UTC)) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    midday = settings._replace(quiet_hours=("12:00", "13:00"))
    assert held_until(midday, datetime(2026, 3, 30, 10, 15, tzinfo=UTC)) == datetime(2026, 3, 30, 11, tzinfo=UTC)
    assert held_until(midday, at) == at


def test_a_held_message_is_dropped_if_the_alert_has_ended() -> None:
    settings = _settings(quiet_hours={"from": "00:00", "to": "12:00"}, recover=1)
    first, ended, second = _story(settings, "bcb")

    assert (first.transition, first.send_at) == ("fired", _START + 12 * _HOUR)
    assert (ended.transition, second.transition) == (None, "fired")
    since = first.state.since
    assert is_still_true(first.state, "fired", since)
    assert not is_still_true(ended.state, "fired", since)
    assert not is_still_true(second.state, "fired", since)


def test_what_an_alert_remembers_survives_the_table_and_is_less_than_a_write_unit() -> None:
    settings = _settings(cooldown_minutes=600, recover=1, quiet_hours={"from": "22:00", "to": "07:00"})
    state = _story(settings, "bcbcbcbcbh", AlertState(sigma=0.1234567, sigma_at=_START))[-1].state
    stored = to_item({JUDGED: state._replace(last_value=123_456.789).to_item()})

    assert AlertState.of(from_item(stored)) == state._replace(last_value=123_456.789)
    assert len(str(stored)) < 3_000
    assert _bytes_of(stored[JUDGED]) < 1_000


def test_a_value_of_nothing_is_remembered() -> None:
    nothing = judge(_settings(), AlertState(), _seen(1, "c")._replace(value=0.0), _START + _HOUR)

    assert AlertState.of({JUDGED: nothing.state.to_item()}).last_value == 0


def _bytes_of(value: Any) -> int:
    """Return the size of a value as DynamoDB counts it."""
    [(kind, inner)] = value.items()
    match kind:
        case "M":
            return 3 + sum(1 + len(name) + _bytes_of(one) for name, one in inner.items())
        case "L":
            return 3 + sum(1 + _bytes_of(one) for one in inner)
        case "S":
            return len(inner)
        case "N":
            return len(inner) // 2 + 2
    return 1
