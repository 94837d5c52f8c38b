"""One run at a time imports an object, and the next one knows all that the last one did."""

from typing import TYPE_CHECKING, Any

import pytest

from pixel.aws.tables import Database, database
from pixel.ingest.files import progress as import_progress
from pixel.ingest.files.progress import LeaseHeldError, LeaseLostError, Progress, release, save, take
from tests.conftest import Frozen
from tests.environment import CLAIMS_TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("tables")

_OBJECT = ("files", "incoming/a.csv", "e1")


def test_the_first_run_takes_an_object_from_its_beginning(frozen: Frozen) -> None:
    progress = take(*_OBJECT)

    assert progress == Progress(
        claim="import#files/incoming/a.csv#e1",
        owner=progress.owner,
        lease_until=int(frozen.seconds) + 120,
        started_at=int(frozen.seconds),
    )


def test_the_progress_of_an_earlier_release_is_understood(frozen: Frozen, tables: "DynamoDBServiceResource") -> None:
    """A deployment does not end the imports under way."""
    done = save(take(*_OBJECT)._replace(line=7, offset=70))
    names = ("step_rows", "records_number", "records_rows")
    item = {name: value for name, value in done.to_item().items() if name not in names}
    tables.Table(CLAIMS_TABLE).put_item(Item=item)
    frozen.move(121)

    progress = take(*_OBJECT)

    assert (progress.position, progress.step_rows, progress.records_number) == ((7, 70), None, 1)


def test_a_second_run_waits_for_as_long_as_the_lease_lasts(frozen: Frozen) -> None:
    take(*_OBJECT)
    frozen.move(50)

    with pytest.raises(LeaseHeldError) as caught:
        take(*_OBJECT)

    assert caught.value.seconds == 70


def test_a_lease_that_has_ended_goes_to_the_next_run_with_all_that_was_done(frozen: Frozen) -> None:
    done = save(take(*_OBJECT)._replace(line=7, offset=70, header=("a", "b"), accepted=5, rejected=1, size=100))
    frozen.move(121)

    progress = take(*_OBJECT)

    assert progress.owner != done.owner
    assert progress == done._replace(owner=progress.owner, lease_until=int(frozen.seconds) + 120)


def test_a_step_renews_the_lease(frozen: Frozen) -> None:
    progress = take(*_OBJECT)
    frozen.move(100)
    save(progress)
    frozen.move(100)

    with pytest.raises(LeaseHeldError):
        take(*_OBJECT)


def test_a_run_that_was_overtaken_cannot_save_any_more(frozen: Frozen) -> None:
    slow = take(*_OBJECT)
    frozen.move(121)
    fast = save(take(*_OBJECT)._replace(line=3))

    with pytest.raises(LeaseLostError):
        save(slow._replace(line=2))
    release(slow)

    assert _stored() == fast


def test_of_two_runs_that_find_an_ended_lease_one_gets_it(frozen: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    take(*_OBJECT)
    frozen.move(121)
    put_if_absent = Database.put_if_absent
    rivals: list[Progress] = []

    def overtaken(database: Database, table: str, item: Any, key: str) -> Any:
        found = put_if_absent(database, table, item, key)
        monkeypatch.setattr(Database, "put_if_absent", put_if_absent)
        rivals.append(take(*_OBJECT))
        return found

    monkeypatch.setattr(Database, "put_if_absent", overtaken)

    with pytest.raises(LeaseHeldError):
        take(*_OBJECT)

    assert _stored() == rivals[0]


def test_a_lease_that_is_released_is_free_at_once(frozen: Frozen) -> None:
    release(take(*_OBJECT)._replace(line=3))

    assert take(*_OBJECT).line == 3


def test_what_is_finished_is_free_to_see_and_never_taken(frozen: Frozen) -> None:
    finished = save(take(*_OBJECT)._replace(is_finished=True))

    assert take(*_OBJECT) == finished
    frozen.move(1000)
    assert take(*_OBJECT) == finished


def test_another_object_under_the_same_name_has_its_own_progress(frozen: Frozen) -> None:
    save(take(*_OBJECT)._replace(is_finished=True))

    assert not take("files", "incoming/a.csv", "e2").is_finished


def test_a_step_whose_answer_was_lost_is_ours(frozen: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second attempt of the call finds what the first one wrote."""
    progress = take(*_OBJECT)
    frozen.move(121)
    replace_if = Database.replace_if

    def twice(*given: Any) -> Any:
        replace_if(*given)
        return replace_if(*given)

    monkeypatch.setattr(Database, "replace_if", twice)

    taken = take(*_OBJECT)

    assert taken.owner != progress.owner
    assert save(taken._replace(line=1)) == _stored()


def test_progress_is_forgotten_after_thirty_days(frozen: Frozen, tables: "DynamoDBServiceResource") -> None:
    progress = take(*_OBJECT)

    item = tables.Table(CLAIMS_TABLE).get_item(Key={"claim": progress.claim})["Item"]

    assert item["expires_at"] == int(frozen.seconds) + 30 * 86_400


def test_an_object_whose_progress_was_forgotten_meanwhile_is_lost_to_the_run(
    frozen: Frozen, tables: "DynamoDBServiceResource"
) -> None:
    progress = take(*_OBJECT)
    tables.Table(CLAIMS_TABLE).delete_item(Key={"claim": progress.claim})

    with pytest.raises(LeaseLostError):
        save(progress)


def _stored() -> Progress:
    item = database().get(CLAIMS_TABLE, {"claim": f"import#{_OBJECT[0]}/{_OBJECT[1]}#{_OBJECT[2]}"})
    assert item is not None
    return import_progress.Progress.of(item)
