"""A link as a whole: fields that cannot stand together are refused, whatever was changed last."""

from typing import Any

import pytest

from pixel.links.compiled import ADDRESSES, DEFAULTS, with_changes
from pixel.links.models import UTM_FIELDS
from pixel.workspaces.models import InvalidFieldsError
from tests.conftest import Frozen
from tests.links_given import OWN_HOST

_LINK: dict[str, Any] = {**DEFAULTS, "destination_url": "https://example.com/"}
_SOON, _LATER = "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"


def _faults(link: dict[str, Any], **changes: Any) -> list[tuple[str, str]]:
    try:
        with_changes(link, changes, {OWN_HOST})
    except InvalidFieldsError as refusal:
        return [(fault.path, fault.code) for fault in refusal.faults]
    return []


def test_a_link_leads_somewhere_unless_it_never_redirects() -> None:
    assert _faults(_LINK, destination_url=None) == [("destination_url", "missing")]
    assert _faults(_LINK, destination_url=None, redirect_mode="always") == [("destination_url", "missing")]
    for mode in ("never", "rule_only"):
        assert _faults(_LINK, destination_url=None, redirect_mode=mode) == []


def test_no_destination_with_its_utm_fields_is_longer_than_an_answer_can_hold() -> None:
    fault, long, smile = [("destination_url", "too_long")], "x" * 255, "\N{GRINNING FACE}" * 255
    longest = f"https://example.com/{'a' * 4000}"

    assert _faults({**_LINK, "destination_url": longest}, **dict.fromkeys(UTM_FIELDS, long)) == []
    assert _faults({**_LINK, "destination_url": longest}, utm_source=smile, utm_term=smile) == fault
    assert _faults({**_LINK, "utm_source": smile, "utm_term": smile}, destination_url=longest) == fault


@pytest.mark.parametrize("field", ADDRESSES)
def test_no_address_leads_to_a_domain_of_short_links(field: str) -> None:
    assert _faults(_LINK, **{field: f"https://{OWN_HOST}/other"}) == [(field, "loop")]


def test_a_link_ends_in_the_future_and_after_its_start(frozen: Frozen) -> None:
    assert _faults(_LINK, starts_at=_SOON, expires_at=_LATER) == []
    assert _faults(_LINK, expires_at="2020-01-01T00:00:00Z") == [("expires_at", "invalid")]
    assert _faults({**_LINK, "expires_at": _SOON}, starts_at=_LATER) == [("expires_at", "invalid")]
    assert _faults({**_LINK, "starts_at": _LATER}, expires_at=_SOON) == [("expires_at", "invalid")]
    # An expired link can still be renamed.
    assert _faults({**_LINK, "expires_at": "2020-01-01T00:00:00Z"}, title="Old") == []


@pytest.mark.parametrize("status", [301, 308])
def test_what_browsers_keep_is_the_same_for_everybody_and_for_good(status: int, frozen: Frozen) -> None:
    fault = [("redirect_status", "invalid")]

    assert _faults(_LINK, redirect_status=status) == []
    for changes in ({"password": "open"}, {"clicks_limit": 3}, {"expires_at": _LATER}):
        assert _faults(_LINK, redirect_status=status, **changes) == fault
        assert _faults({**_LINK, "redirect_status": status}, **changes) == fault
    assert _faults({**_LINK, "clicks_limit": 3}, redirect_status=status, clicks_limit=None) == []
