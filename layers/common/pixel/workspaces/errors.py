"""The errors of reading and changing what a workspace owns.

Each message may contain ids and names that this API defines, but never a value. A route or a command adds what to do
next if that depends on it.
"""


class RecordError(Exception):
    """A failure that is not caused by the given fields alone."""


class NotFoundError(RecordError):
    """The record or key does not exist. `deleted_at` is set if it was deleted."""

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


class InvalidIdError(NotFoundError):
    """The given text is not an id. The message does not quote it, because it may be a key or a token."""

    def __init__(self, noun: str, id_prefix: str) -> None:
        super().__init__(noun, "")
        self.args = (f"Identify {with_article(noun)} by its id ({id_prefix}_...).",)


class AlreadyExistsError(RecordError):
    """The item already exists, with the id `existing_id`, or without one if the caller may not see it."""

    def __init__(self, sentence: str, existing_id: str | None) -> None:
        self.existing_id = existing_id
        super().__init__(sentence)


class LimitReachedError(RecordError):
    """The workspace or the website has as many records of this kind as it may have."""

    def __init__(self, nouns: str, limit: int) -> None:
        self.limit = limit
        super().__init__(f"There are {limit:,} {nouns} already, which is the limit; delete one first.")


class UrlNotAllowedError(RecordError):
    """The address of a destination may not be called, for a reason that has a name and the end of a sentence."""

    def __init__(self, reason: str, because: str) -> None:
        self.reason = reason
        self.because = because
        super().__init__(f"This address may not be called: {because}.")


class RevisionError(RecordError):
    """The record has another revision than the caller expects."""

    def __init__(self, record_id: str, revision: int) -> None:
        self.revision = revision
        super().__init__(f"{record_id} was changed meanwhile and has the revision {revision} now; read it again.")


class ConcurrentChangeError(RecordError):
    """Other calls changed the item during every attempt."""

    def __init__(self, what: str) -> None:
        super().__init__(f"Another process is changing {what} at the same time; try again.")


class RevokedKeyError(RecordError):
    """The key is revoked, so it cannot be rotated."""

    def __init__(self, key_id: str, revoked_at: str) -> None:
        super().__init__(f"{key_id} was revoked at {revoked_at}; create a new key.")


class InactiveKeyError(RecordError):
    """The key is revoked or has expired, so it cannot be changed."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"{key_id} is revoked or has expired; create a new key.")


class UsagePlanError(RecordError):
    """No usage plan fits a limit, or a usage plan does not exist."""


def with_article(noun: str) -> str:
    """Return the noun with its indefinite article."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
