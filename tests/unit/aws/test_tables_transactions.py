"""Writes that go through together or not at all, and what is said of those that do not."""

import json
from collections.abc import Iterator

import pytest

from pixel.aws import tables
from pixel.aws.conditions import ABSENT, PRESENT
from pixel.aws.json_service import AwsRefusedError
from pixel.aws.tables import WriteRefusedError, database
from pixel.foundation import container
from tests.environment import CLAIMS_TABLE, KEYS_TABLE
from tests.unit.foundation.misbehaving_server import Act, MisbehavingServer, answer, close, running

_KEY = {"key_hash": "h"}


@pytest.fixture
def misbehaving(monkeypatch: pytest.MonkeyPatch, no_sleep: list[float]) -> Iterator[MisbehavingServer]:
    """Run a server in the place of DynamoDB."""
    with running() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
        container.forget_environment()
        yield server


def _cancelled(*codes: str) -> Act:
    reasons = [{"Code": code} for code in codes]
    body = {"__type": "com.amazonaws.dynamodb#TransactionCanceledException", "CancellationReasons": reasons}
    return answer(json.dumps(body).encode(), status=400)


@pytest.mark.usefixtures("tables")
def test_all_actions_of_a_transaction_are_done() -> None:
    database().put(KEYS_TABLE, {**_KEY, "name": "old", "note": "x"})
    database().put(KEYS_TABLE, {"key_hash": "gone"})

    database().transact(
        tables.insertion(CLAIMS_TABLE, {"claim": "c"}, "claim"),
        tables.change(KEYS_TABLE, _KEY, {"name": "new", "note": ABSENT}, {"name": "old", "deleted_at": ABSENT}),
        tables.deletion(KEYS_TABLE, {"key_hash": "gone"}, {"key_hash": PRESENT}),
    )

    assert database().get(CLAIMS_TABLE, {"claim": "c"}) == {"claim": "c"}
    assert database().get(KEYS_TABLE, _KEY) == {**_KEY, "name": "new"}
    assert database().get(KEYS_TABLE, {"key_hash": "gone"}) is None


@pytest.mark.usefixtures("tables")
def test_a_refused_transaction_writes_nothing_and_says_which_conditions_failed() -> None:
    for key_hash in ("h", "other"):
        database().put(KEYS_TABLE, {"key_hash": key_hash, "name": "a"})

    with pytest.raises(WriteRefusedError) as refusal:
        database().transact(
            tables.check(KEYS_TABLE, _KEY, {"name": "a"}),
            tables.check(KEYS_TABLE, {"key_hash": "other"}, {"name": ABSENT}),
            tables.insertion(CLAIMS_TABLE, {"claim": "c"}, "claim"),
            tables.deletion(CLAIMS_TABLE, {"claim": "none"}, {"claim": PRESENT}),
        )

    assert refusal.value.refused == [1, 3]
    assert database().get(CLAIMS_TABLE, {"claim": "c"}) is None


@pytest.mark.usefixtures("tables")
def test_an_item_is_inserted_only_where_there_is_none() -> None:
    database().put(CLAIMS_TABLE, {"claim": "c", "by": "another"})

    with pytest.raises(WriteRefusedError):
        database().transact(tables.insertion(CLAIMS_TABLE, {"claim": "c", "by": "us"}, "claim"))

    assert database().get(CLAIMS_TABLE, {"claim": "c"}) == {"claim": "c", "by": "another"}


def test_a_transaction_whose_answer_was_lost_is_repeated_under_the_same_token(misbehaving: MisbehavingServer) -> None:
    misbehaving.will(close, answer(), answer())

    for name in ("a", "b"):
        database().transact(tables.insertion("claims", {"claim": name}, "claim"))

    lost, repeated, other = (json.loads(request.body) for request in misbehaving.received)
    assert lost == repeated
    assert len(lost["ClientRequestToken"]) <= 36
    assert lost["ClientRequestToken"] != other["ClientRequestToken"]


def test_a_repetition_that_meets_its_first_attempt_waits_for_it(misbehaving: MisbehavingServer) -> None:
    misbehaving.will(answer(b'{"__type":"a#TransactionInProgressException"}', status=400), answer())

    database().transact(tables.insertion("claims", {"claim": "c"}, "claim"))

    assert len(misbehaving.received) == 2


def test_a_write_that_another_is_in_the_way_of_is_refused_without_a_condition(misbehaving: MisbehavingServer) -> None:
    misbehaving.will(_cancelled("None", "TransactionConflict"))

    with pytest.raises(WriteRefusedError) as refusal:
        database().transact(tables.insertion("claims", {"claim": "c"}, "claim"))

    assert refusal.value.refused == []


@pytest.mark.parametrize(
    "refused",
    [
        _cancelled("None", "ValidationError", "ThrottlingError"),
        _cancelled("ItemCollectionSizeLimitExceeded"),
        _cancelled(),
        answer(b'{"__type":"a#ValidationException"}', status=400),
    ],
)
def test_a_transaction_that_fails_for_another_reason_is_an_error(misbehaving: MisbehavingServer, refused: Act) -> None:
    misbehaving.will(refused)

    with pytest.raises(AwsRefusedError):
        database().transact(tables.insertion("claims", {"claim": "c"}, "claim"))

    assert len(misbehaving.received) == 1


def test_a_throttled_transaction_is_tried_again_under_a_new_token_after_a_pause(
    misbehaving: MisbehavingServer, no_sleep: list[float]
) -> None:
    misbehaving.will(_cancelled("None", "ThrottlingError"), _cancelled("ProvisionedThroughputExceeded"), answer())

    database().transact(tables.insertion("claims", {"claim": "c"}, "claim"))

    tokens = {json.loads(request.body)["ClientRequestToken"] for request in misbehaving.received}
    assert (len(misbehaving.received), len(tokens), len(no_sleep)) == (3, 3, 2)


def test_a_transaction_that_stays_throttled_is_an_error(misbehaving: MisbehavingServer, no_sleep: list[float]) -> None:
    misbehaving.will(_cancelled("ThrottlingError", "None"))

    with pytest.raises(AwsRefusedError):
        database().transact(tables.insertion("claims", {"claim": "c"}, "claim"))

    assert len(misbehaving.received) == 3


def test_a_transaction_that_is_throttled_and_refused_is_refused(misbehaving: MisbehavingServer) -> None:
    misbehaving.will(_cancelled("ThrottlingError", "ConditionalCheckFailed"))

    with pytest.raises(WriteRefusedError) as refusal:
        database().transact(tables.insertion("claims", {"claim": "c"}, "claim"))

    assert refusal.value.refused == [1]
