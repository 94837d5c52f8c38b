"""The handlers of link domains. They answer with pages and redirects, not with the envelope of the API.

There is no log line for a redirect that went well: API Gateway's access log has one.
"""

from pixel.foundation import JsonObject
from pixel.foundation.clock import epoch_seconds
from pixel.foundation.observability import count, describe, flush_metrics, logger
from pixel.http.gateway_event import request_id_of
from pixel.links.codes import has_form_of_code, is_reserved
from pixel.redirects import pages
from pixel.redirects.answers import Answer, redirect, render
from pixel.redirects.clicks import row_of_click
from pixel.redirects.domain_files import file_at
from pixel.redirects.follow import Followed, follow, has_expired, is_live
from pixel.redirects.lookup import find_link
from pixel.redirects.recording import record
from pixel.redirects.unlocking import unlock
from pixel.redirects.visits import Visit

_NOT_RECORDED = "px_notrack"


def answer_visit(event: JsonObject) -> JsonObject:
    """Return the answer to GET or HEAD, and record it."""
    try:
        visit = Visit.read(event)
        followed = follow(visit)
        _record(visit, followed)
        is_indexable = bool(followed.link and followed.link["indexable"])
        rendered = render(followed.answer, is_head=visit.method == "HEAD", is_indexable=is_indexable)
    except Exception as failure:  # noqa: BLE001 - a visitor gets a page; the log has the cause
        rendered = _failed(event, failure)
    flush_metrics()
    return rendered


def answer_password(event: JsonObject) -> JsonObject:
    """Return the answer to the form of a link's password; any other link is asked for again."""
    try:
        rendered = render(_unlocked(Visit.read(event)), is_head=False, is_indexable=False)
    except Exception as failure:  # noqa: BLE001 - as above
        rendered = _failed(event, failure)
    flush_metrics()
    return rendered


def answer_domain_file(event: JsonObject) -> JsonObject:
    """Return a file of the link domain."""
    try:
        rendered = render(file_at(event["resource"]), is_head=False, is_indexable=False)
    except Exception as failure:  # noqa: BLE001 - as above
        rendered = _failed(event, failure)
    flush_metrics()
    return rendered


def _unlocked(visit: Visit) -> Answer:
    if not has_form_of_code(visit.code) or is_reserved(visit.code):
        return pages.not_found()
    link = find_link(visit.code)
    if link is None:
        return pages.not_found()
    now = epoch_seconds()
    if "banned_at" in link or not is_live(link, now) or has_expired(link, now) or "password_hash" not in link:
        return redirect(visit.address, 303)
    return unlock(visit, link)


def _record(visit: Visit, followed: Followed) -> None:
    if followed.link is None or followed.outcome is None or visit.parameter(_NOT_RECORDED) == "1":
        return
    try:
        record(row_of_click(visit, followed.link, followed.outcome, followed.verdict))
    except Exception as failure:  # noqa: BLE001 - recording never costs a visitor the redirect
        logger.error("click could not be recorded", extra=describe(failure))
        count("ClicksNotQueued")


def _failed(event: JsonObject, failure: Exception) -> JsonObject:
    logger.error("redirect failed", extra={"request_id": request_id_of(event), **describe(failure)})
    count("RedirectFailures")
    return render(pages.unavailable(), is_head=event["httpMethod"] == "HEAD", is_indexable=False)
