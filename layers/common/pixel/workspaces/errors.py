"""What can stand in the way of reading or changing what a workspace owns.

Each text is a sentence that holds ids and names of ours, never a value. What to do next depends on the door, a route or
the command line, which adds it.
"""


class RecordError(Exception):
    """A rule of the rule book that is about more than the fields given."""


class NotFoundError(RecordError):
    """The workspace has no such live record, key or website. `deleted_at` is set where it had one."""

    def __init__(
        self, noun: str, record_id: str, workspace_id: str | None = None, deleted_at: str | None = None
    ) -> None:
        self.noun = noun
        self.workspace_id = workspace_id
        self.deleted_at = deleted_at
        if deleted_at is not None:
            super().__init__(f'The {noun} "{record_id}" was deleted at {deleted_at}.')
        else:
            place = "" if workspace_id is None else f" in {workspace_id}"
            super().__init__(f'There is no {noun} "{record_id}"{place}.')


class UnusableIdError(NotFoundError):
    """What was given cannot be an id. It is not repeated, because it may be a key or a token."""

    def __init__(self, noun: str, id_prefix: str) -> None:
        super().__init__(noun, "")
        self.args = (f"Name {with_article(noun)} by its id ({id_prefix}_...).",)


class AlreadyExistsError(RecordError):
    """The same thing is there already. `existing_id` is the id of that."""

    def __init__(self, sentence: str, existing_id: str) -> None:
        self.existing_id = existing_id
        super().__init__(sentence)


class StillChangingError(RecordError):
    """Others change the same thing again and again."""

    def __init__(self, what: str) -> None:
        super().__init__(f"Something else is changing {what} at the same time; try again.")


class RevokedKeyError(RecordError):
    """A revoked key cannot be rotated."""

    def __init__(self, key_id: str, revoked_at: str) -> None:
        super().__init__(f"{key_id} was revoked at {revoked_at}; create a new key.")


class UsagePlanError(RecordError):
    """No usage plan carries a limit, or one is gone."""


def with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
