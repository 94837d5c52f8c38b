"""An address outside the deployment's own domains is asked once a week, and whoever stops mail gets none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pixel.aws import tables as dynamodb
from pixel.aws.tables import Action, Database, WriteRefusedError
from pixel.foundation import container
from pixel.foundation.settings import settings
from pixel.mail.recipients import Admission, Admitted, admit, change_state, state_by_hash
from pixel.workspaces.recipient_states import RecipientState, address_hash, states_of

pytestmark = pytest.mark.usefixtures("tables")

_STRANGER = "ann@elsewhere.example"
_AT = datetime(2026, 3, 2, 7, tzinfo=UTC)


@pytest.fixture(autouse=True)
def own_domains(tables: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIXEL_MAIL_DOMAINS", "own.example, Other.example")
    container.forget_environment()


def _ask(at: datetime = _AT) -> Admission:
    """Admit a stranger, and write what belongs to the question."""
    found = admit("ws_1", _STRANGER, at)
    if found.asking is not None:
        dynamodb.database().transact(found.asking)
    return found.admission


def test_own_domains_get_mail_at_once() -> None:
    assert admit("ws_1", "Bob@OWN.example", _AT) == Admitted(Admission.SEND)
    assert admit("ws_1", "bob@other.example", _AT).admission is Admission.SEND
    assert admit("ws_1", "bob@own.example.evil.example", _AT).admission is Admission.ASK
    assert admit("ws_1", "bob@sub.own.example", _AT).admission is Admission.ASK


def test_a_stranger_is_asked_once_a_week() -> None:
    assert _ask() is Admission.ASK
    assert _ask(_AT + timedelta(days=6, hours=23)) is Admission.WAIT
    assert _ask(_AT + timedelta(days=7)) is Admission.ASK
    assert _ask(_AT + timedelta(days=8)) is Admission.WAIT


def test_two_who_ask_at_once_write_one_question() -> None:
    first, second = admit("ws_1", _STRANGER, _AT), admit("ws_1", _STRANGER, _AT)
    assert first.asking is not None
    assert second.asking is not None
    dynamodb.database().transact(first.asking)

    with pytest.raises(WriteRefusedError):
        dynamodb.database().transact(second.asking)


def test_a_question_never_undoes_an_answer() -> None:
    asking = admit("ws_1", _STRANGER, _AT).asking
    assert asking is not None
    change_state("ws_1", address_hash(_STRANGER), "unsubscribed")

    with pytest.raises(WriteRefusedError):
        dynamodb.database().transact(asking)
    assert _ask() is Admission.REFUSE


def test_a_stranger_who_confirms_gets_mail_of_that_workspace_alone() -> None:
    _ask()
    assert change_state("ws_1", address_hash(_STRANGER), "confirmed")

    assert _ask() is Admission.SEND
    assert admit("ws_2", _STRANGER, _AT).admission is Admission.ASK


@pytest.mark.parametrize("state", ["unsubscribed", "bounced", "complained"])
def test_whoever_stopped_mail_gets_none_even_in_own_domains(state: RecipientState) -> None:
    assert change_state("ws_1", address_hash("bob@own.example"), state)

    assert admit("ws_1", "bob@own.example", _AT) == Admitted(Admission.REFUSE)


@pytest.mark.parametrize(
    ("before", "after", "stands"),
    [
        ("unsubscribed", "confirmed", "confirmed"),
        ("bounced", "confirmed", "bounced"),
        ("bounced", "unsubscribed", "unsubscribed"),
        ("complained", "confirmed", "complained"),
        ("complained", "unsubscribed", "complained"),
        ("complained", "bounced", "complained"),
        ("confirmed", "bounced", "bounced"),
        ("confirmed", "complained", "complained"),
    ],
)
def test_states_take_the_place_of_some_others(
    before: RecipientState, after: RecipientState, stands: RecipientState
) -> None:
    change_state("ws_1", "a1", before)

    assert change_state("ws_1", "a1", after) is (after == stands)
    assert state_by_hash("ws_1", "a1") == stands


def test_states_of_many_are_read_at_once() -> None:
    change_state("ws_1", address_hash("gone@own.example"), "bounced")
    _ask()

    assert states_of(
        dynamodb.database(),
        settings().workspace_table,
        "ws_1",
        ["Gone@own.example", "bob@own.example", _STRANGER, "new@x.example"],
    ) == {
        "Gone@own.example": "bounced",
        "bob@own.example": "confirmed",
        _STRANGER: "pending",
        "new@x.example": "pending",
    }
    assert states_of(dynamodb.database(), settings().workspace_table, "ws_1", []) == {}


def test_the_address_is_stored_nowhere(tables: Any) -> None:
    _ask()
    [item] = tables.Table("test-workspace").scan()["Items"]

    assert "ann" not in str(item)


def test_a_stop_that_meets_another_write_is_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    transact, conflicts = Database.transact, [WriteRefusedError([])]

    def meet_another(database: Database, *actions: Action) -> None:
        if conflicts:
            raise conflicts.pop()
        transact(database, *actions)

    change_state("ws_1", "a1", "confirmed")
    monkeypatch.setattr(Database, "transact", meet_another)

    assert change_state("ws_1", "a1", "unsubscribed")
    assert state_by_hash("ws_1", "a1") == "unsubscribed"
