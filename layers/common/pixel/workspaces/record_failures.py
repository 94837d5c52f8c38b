"""Failures of records as the errors that a caller of the API gets."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pixel.foundation.errors import ApiError, ErrorCode
from pixel.workspaces.errors import (
    AlreadyExistsError,
    ConcurrentChangeError,
    LimitReachedError,
    NotFoundError,
    RevisionError,
    UrlNotAllowedError,
)
from pixel.workspaces.record_kind import RecordKind
from pixel.workspaces.website_kind import WEBSITE


@contextmanager
def api_errors(kind: RecordKind, *, missing: RecordKind) -> Iterator[None]:
    """Turn failures of a record of this kind into errors of the API. What does not exist is one of kind `missing`."""
    try:
        yield
    except NotFoundError as failure:
        raise not_found(WEBSITE if failure.noun == WEBSITE.noun else missing) from None
    except AlreadyExistsError as failure:
        details = None if failure.existing_id is None else {"id": failure.existing_id}
        raise ApiError(ErrorCode.ALREADY_EXISTS, details=details) from None
    except LimitReachedError as failure:
        raise ApiError(
            ErrorCode.LIMIT_REACHED,
            details={"limit": failure.limit},
            limit=f"{failure.limit:,}",
            records=f"{kind.noun}s",
        ) from None
    except RevisionError as failure:
        raise ApiError(ErrorCode.PRECONDITION_FAILED, details={"revision": failure.revision}) from None
    except UrlNotAllowedError as failure:
        details = {"reason": failure.reason}
        raise ApiError(ErrorCode.URL_NOT_ALLOWED, details=details, because=failure.because) from None
    except ConcurrentChangeError:
        raise ApiError(ErrorCode.CONCURRENT_CHANGE) from None


def not_found(kind: RecordKind) -> ApiError:
    """Return the error for a record that does not exist, the same for one of another workspace and a deleted one."""
    if kind is WEBSITE:
        return ApiError(ErrorCode.WEBSITE_NOT_FOUND)
    return ApiError(ErrorCode.RECORD_NOT_FOUND, details={"kind": kind.path}, kind=kind.path)


def not_grantable(requested: Mapping[str, object], grantable: Mapping[str, object]) -> ApiError:
    """Return the error for asking more of a key than it may give."""
    return ApiError(ErrorCode.NOT_GRANTABLE, details={"requested": requested, "grantable": grantable})
