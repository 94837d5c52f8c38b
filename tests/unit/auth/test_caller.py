"""A caller passes through API Gateway, which knows only text, unchanged."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixel.auth.caller import Caller, Scope
from pixel.foundation.ids import WEBSITE_ID

_NAMES = st.text(min_size=1)
_CALLERS = st.builds(
    Caller,
    workspace_id=_NAMES,
    key_id=_NAMES,
    name=st.text(),
    scopes=st.lists(st.sampled_from([str(scope) for scope in Scope]), unique=True).map(tuple),
    rate_limit=st.integers(min_value=1),
    expires_at=st.none() | st.integers(0, 2**33).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    website_ids=st.none() | st.lists(st.from_regex(WEBSITE_ID, fullmatch=True)).map(tuple),
    limits=st.dictionaries(
        st.sampled_from(["ingest", "read"]), st.tuples(st.integers(1, 9**9), st.integers(1, 86_400))
    ),
    kind=st.sampled_from(["secret", "publishable"]),
)


@given(caller=_CALLERS)
def test_a_caller_reads_back_from_the_context_it_was_written_to(caller: Caller) -> None:
    assert Caller.from_context(caller.to_context()) == caller


@given(caller=_CALLERS)
def test_every_value_of_the_context_is_text(caller: Caller) -> None:
    assert all(type(value) is str for value in caller.to_context().values())


def test_what_api_gateway_adds_to_the_context_is_left_alone() -> None:
    caller = Caller("ws_1", "key_1", "Backend", (), 60, None)

    context = {**caller.to_context(), "principalId": "key_1", "integrationLatency": "41"}

    assert Caller.from_context(context) == caller


@pytest.mark.parametrize("name", ["workspace_id", "key_id", "name", "scopes", "rate_limit", "expires_at"])
def test_a_context_without_a_field_is_refused(name: str) -> None:
    context = Caller("ws_1", "key_1", "Backend", (), 60, None).to_context()
    del context[name]

    with pytest.raises(KeyError, match=name):
        Caller.from_context(context)


def test_a_context_of_an_earlier_version_is_that_of_a_key_without_what_came_later() -> None:
    caller = Caller("ws_1", "key_1", "Backend", (), 60, None)
    context = caller.to_context()
    for name in ("website_ids", "limits", "kind"):
        del context[name]

    assert Caller.from_context(context) == caller
    assert Caller.from_context(context).reaches("admx_1")


def test_a_bound_key_reaches_its_websites_alone_and_none_if_it_has_none() -> None:
    caller = Caller("ws_1", "key_1", "Backend", (), 60, None, ("admx_1", "admx_2"))
    bound = Caller.from_context(caller.to_context())
    empty = Caller.from_context(caller._replace(website_ids=()).to_context())

    assert all(bound.reaches(website) for website in ("admx_1", "admx_2"))
    assert not any(bound.reaches(website) for website in ("admx_3", "admx", ""))
    assert not any(empty.reaches(website) for website in ("admx_1", "", "*"))


@pytest.mark.parametrize(("seconds", "expired"), [(-1, False), (0, True), (1, True)])
def test_a_key_ends_at_the_second_it_names(seconds: int, *, expired: bool) -> None:
    end = datetime(2026, 3, 4, tzinfo=UTC)
    caller = Caller("ws_1", "key_1", "Backend", (), 60, end)

    assert caller.has_expired(end + timedelta(seconds=seconds)) is expired


def test_a_key_without_an_end_never_expires() -> None:
    caller = Caller("ws_1", "key_1", "Backend", (), 60, None)

    assert not caller.has_expired(datetime.max.replace(tzinfo=UTC))
