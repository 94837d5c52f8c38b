"""Who may be sent mail: the state of each address in a workspace, kept by the address's hash alone.

Addresses of the deployment's own domains get mail at once. Any other is asked first, at most once a week, so that
nobody can make this deployment write to strangers. Whoever stops mail, or whose mailbox does not exist, gets no more.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final, NamedTuple, get_args

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.conditions import ABSENT, Expected, OneOf
from pixel.aws.json_service import ATTEMPTS, AwsUnreachableError, back_off
from pixel.aws.tables import Action, WriteRefusedError
from pixel.foundation.clock import from_iso, now, to_iso
from pixel.foundation.settings import settings
from pixel.workspaces.recipient_states import RecipientState, address_hash, recipient_key, state_of

ASKED_AGAIN_AFTER: Final = timedelta(days=7)

_ENDED: Final = ("unsubscribed", "bounced", "complained")
# What each state may take the place of. A complaint is final: only an operator may lift it.
_AFTER: Final[Mapping[RecipientState, tuple[RecipientState, ...]]] = {
    "pending": ("pending",),
    "confirmed": ("pending", "confirmed", "unsubscribed"),
    "unsubscribed": ("pending", "confirmed", "unsubscribed", "bounced"),
    "bounced": ("pending", "confirmed", "unsubscribed", "bounced"),
    "complained": get_args(RecipientState),
}


class Admission(Enum):
    """Whether a mail may be sent to an address."""

    SEND = auto()
    ASK = auto()  # send the question for its consent instead; nobody else is told to within a week
    WAIT = auto()  # it was asked, and has not answered
    REFUSE = auto()


class Admitted(NamedTuple):
    """Whether a mail may be sent, and what belongs in the transaction that writes the question for consent."""

    admission: Admission
    asking: Action | None = None


def admit(workspace_id: str, address: str, at: datetime) -> Admitted:
    """Return whether an address may be sent mail. Raises AwsError.

    The action of ASK fails if somebody else asks meanwhile, or the address answers.
    """
    item = _item(workspace_id, address)
    state = state_of(address, item)
    if state == "confirmed":
        return Admitted(Admission.SEND)
    if state in _ENDED:
        return Admitted(Admission.REFUSE)
    asked_at = None if item is None else item.get("asked_at")
    if asked_at is not None and at - from_iso(asked_at) < ASKED_AGAIN_AFTER:
        return Admitted(Admission.WAIT)
    values = {"state": "pending", "asked_at": to_iso(at), "changed_at": to_iso(at)}
    unchanged = {"state": ABSENT if item is None else "pending", "asked_at": ABSENT if asked_at is None else asked_at}
    key = recipient_key(workspace_id, address_hash(address))
    return Admitted(Admission.ASK, tables.change(settings().workspace_table, key, values, unchanged))


def state_by_hash(workspace_id: str, of_address: str) -> RecipientState | None:
    """Return the state of an address by its hash, or None if none was ever noted. Raises AwsError."""
    item = tables.database().get(settings().workspace_table, recipient_key(workspace_id, of_address))
    return None if item is None else item["state"]


def change_state(workspace_id: str, of_address: str, state: RecipientState, **noted: str) -> bool:
    """Put an address, by its hash, into a state, and return whether it is in it now. Raises AwsError.

    An address that has no state yet may get any.
    """
    values = {"state": state, "changed_at": to_iso(now()), **noted}
    if _write(workspace_id, of_address, values, {"state": OneOf(_AFTER[state])}):
        return True
    return _write(workspace_id, of_address, values, {"state": ABSENT})


def _item(workspace_id: str, address: str) -> Item | None:
    return tables.database().get(settings().workspace_table, recipient_key(workspace_id, address_hash(address)))


def _write(workspace_id: str, of_address: str, values: Mapping[str, object], expected: Expected) -> bool:
    """Change an address if it meets the condition. A write that meets another is repeated, lest a stop gets lost."""
    action = tables.change(settings().workspace_table, recipient_key(workspace_id, of_address), values, expected)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            tables.database().transact(action)
        except WriteRefusedError as failure:
            if failure.refused:
                return False
            back_off(attempt)
        else:
            return True
    raise AwsUnreachableError("dynamodb TransactWriteItems", "others write the same item all the time")
