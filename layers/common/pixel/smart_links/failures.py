"""Failures of the store of links as the errors that callers of its API get."""

from collections.abc import Iterator
from contextlib import contextmanager

from pixel.foundation.errors import ApiError, ErrorCode, FieldErrors
from pixel.links.label_store import LabelInUseError, LinksLeftError
from pixel.links.store import ShortCodeTakenError
from pixel.smart_links.names import fault_as_written
from pixel.workspaces.errors import AlreadyExistsError, ConcurrentChangeError, LimitReachedError, NotFoundError
from pixel.workspaces.models import InvalidFieldsError


@contextmanager
def api_errors(noun: str) -> Iterator[None]:
    """Turn failures of the store into errors of the API. What does not exist is one of `noun`, such as "link"."""
    try:
        yield
    except NotFoundError:
        raise not_found(noun) from None
    except ShortCodeTakenError:
        raise ApiError(ErrorCode.SHORT_CODE_EXISTS) from None
    except AlreadyExistsError:
        raise ApiError(ErrorCode.ALREADY_EXISTS) from None
    except LimitReachedError as failure:
        raise ApiError(
            ErrorCode.LIMIT_REACHED,
            details={"limit": failure.limit},
            limit=f"{failure.limit:,}",
            records=f"{noun}s",
        ) from None
    except LabelInUseError as failure:
        raise ApiError(ErrorCode.RECORD_IN_USE, kind=noun, links=f"{failure.links:,}") from None
    except LinksLeftError as failure:
        raise ApiError(ErrorCode.LINKS_LEFT, links=f"{failure.links:,}") from None
    except ConcurrentChangeError:
        raise ApiError(ErrorCode.CONCURRENT_CHANGE) from None
    except InvalidFieldsError as failure:
        raise invalid_fields(failure) from None


def not_found(noun: str) -> ApiError:
    """Return the error for what does not exist, the same for one of another workspace and a deleted one."""
    return ApiError(ErrorCode.RECORD_NOT_FOUND, kind=noun)


def invalid_fields(failure: InvalidFieldsError) -> ApiError:
    """Return the error for faults that the store found, with the names that callers write."""
    faults = FieldErrors()
    for fault in failure.faults:
        faults.add(*fault_as_written(fault))
    return faults.as_error(ErrorCode.INVALID_BODY)
