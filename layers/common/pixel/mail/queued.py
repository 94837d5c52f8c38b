"""A mail in the queue of mails, and the tags by which SES's events name it."""

import base64
import json
from typing import Final, NamedTuple, Self

from pixel.workspaces.messages import message_key

MESSAGE_TAG: Final = "pixel_message"
WORKSPACE_TAG: Final = "pixel_workspace"
RECIPIENT_TAG: Final = "pixel_recipient"
"""The tags of a mail, which SES's events about it have."""


class QueuedMail(NamedTuple):
    """A mail that waits to be given to SES."""

    workspace_id: str
    message_id: str
    recipient: str
    content: bytes

    @classmethod
    def of(cls, body: str) -> Self:
        """Return the mail of a message of the queue."""
        found = json.loads(body)
        return cls(found["workspace_id"], found["message_id"], found["to"], base64.b64decode(found["mime"]))

    @property
    def key(self) -> dict[str, str]:
        """Return the key of the message that the mail is of."""
        return message_key(self.workspace_id, self.message_id)

    def to_body(self) -> str:
        """Return the message of the queue."""
        content = base64.b64encode(self.content).decode()
        named = {"workspace_id": self.workspace_id, "message_id": self.message_id}
        return json.dumps({**named, "to": self.recipient, "mime": content})
