"""Which scopes, websites and limits a key may have together."""

from typing import Any

import pytest

from pixel.workspaces.key_models import SCOPES, NewKey, RequestedKey
from pixel.workspaces.models import InvalidFieldsError, checked

_SITE = {"scopes": ["site:write"], "website_ids": ["admx_1"]}
_ALONE = "`scopes` must not contain other scopes beside site:read and site:write; create a key for each."
_ONE = "`website_ids` must name exactly one website for a key with site:write."
_FORM = "`limits` must give each class its requests and seconds, such as [1000, 60]."
_RANGE = "`limits` must have 1 to 1,000,000 requests in 1 to 86,400 seconds."


def test_a_key_of_another_face_has_its_scopes_one_website_and_perhaps_limits() -> None:
    new = checked(
        NewKey,
        {
            "scopes": ["site:write", "site:read"],
            "website_ids": ["admx_1"],
            "limits": {"read": [5, 1], "ingest": [9, 60]},
        },
    )

    assert (new.scopes, new.website_ids) == (("site:read", "site:write"), ("admx_1",))
    assert new.limits == {"read": (5, 1), "ingest": (9, 60)}
    assert checked(NewKey, _SITE).limits is None
    assert {"site:read", "site:write"} < {*SCOPES}


def test_a_key_of_short_links_needs_no_website_and_may_have_other_scopes() -> None:
    given = {"scopes": ["insight:read", "short:write", "pixel:read"], "limits": {"pxl": [5000, 86_400]}}

    new = checked(NewKey, given)

    assert (new.scopes, new.website_ids) == (("pixel:read", "short:write", "insight:read"), None)
    assert new.limits == {"pxl": (5000, 86_400)}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({**_SITE, "scopes": ["site:write", "pixel:read"]}, _ALONE),
        ({"scopes": ["pixel:write", "site:read", "site:write"]}, _ALONE),
        ({"scopes": ["site:write"]}, _ONE),
        ({"scopes": ["site:write"], "website_ids": None}, _ONE),
        ({"scopes": ["site:write"], "website_ids": ["admx_1", "admx_2"]}, _ONE),
        (
            {**_SITE, "limits": []},
            "`limits` must be an object of classes and their limits, such as ingest and [1000, 60].",
        ),
        ({**_SITE, "limits": {"ingest": 5}}, _FORM),
        ({**_SITE, "limits": {"ingest": [5]}}, _FORM),
        ({**_SITE, "limits": {"ingest": [0, 60]}}, _RANGE),
        ({**_SITE, "limits": {"ingest": [5, 86_401]}}, _RANGE),
        ({**_SITE, "limits": {"ingest": [True, 60]}}, _RANGE),
        ({**_SITE, "limits": {"ingest": [1.5, 60]}}, _RANGE),
        ({**_SITE, "limits": {"read": [5, 60]}}, "`limits` must name only ingest for a key with these scopes."),
        (
            {"scopes": ["pixel:read"], "limits": {"core": [5, 60]}},
            "`limits` must name no class for a key with these scopes.",
        ),
    ],
)
def test_nothing_else_goes_together(given: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidFieldsError) as refusal:
        checked(NewKey, given)

    assert says in [fault.message for fault in refusal.value.faults]


def test_a_key_that_makes_keys_can_ask_for_no_mixture_either() -> None:
    with pytest.raises(InvalidFieldsError) as refusal:
        checked(RequestedKey, {"name": "x", "scopes": ["pixel:read", "site:read"]})

    assert [fault.message for fault in refusal.value.faults] == [_ALONE]
