"""The script of a key has the settings and the css goals of its website, and caches may keep it for an hour."""

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from pixel.collect import script as module
from pixel.workspaces.api_keys import revoke_key
from pixel.workspaces.goals import GOALS, NewGoal
from pixel.workspaces.pixel_defaults import PIXEL_DEFAULTS
from pixel.workspaces.store import function_store
from tests.conftest import Frozen
from tests.routes.pixel.browsers import add_key, add_website, script

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep", "frozen")


def _config(response: dict[str, Any]) -> Any:
    before, after = module._parts()
    text = response["body"].removeprefix(before).removesuffix(after)
    return json.loads(text)


def _add_goal(name: str, selector: str) -> None:
    new = NewGoal.model_validate({"website_id": "admx_1", "name": name, "selector": selector})
    GOALS.create(function_store(), "ws_1", new)


def test_a_website_as_it_usually_is_needs_its_key_alone(tables: "DynamoDBServiceResource") -> None:
    add_website(tables, "admx_1")
    raw, _ = add_key("admx_1")

    response = script(f"{raw}.js")

    assert response["statusCode"] == 200
    assert response["headers"]["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["headers"]["Cache-Control"] == "public, max-age=3600"
    assert response["headers"]["Access-Control-Allow-Origin"] == "*"
    assert response["headers"]["Cross-Origin-Resource-Policy"] == "cross-origin"
    config = _config(response)
    assert (config["k"], config.keys(), config["o"].keys()) == (raw, {"k", "o"}, {"keep"})
    again = script(f"{raw}.js", if_none_match=response["headers"]["ETag"])
    assert (again["statusCode"], again["body"]) == (304, "")


def test_settings_that_differ_and_css_goals_are_in_it(tables: "DynamoDBServiceResource", frozen: Frozen) -> None:
    settings = {
        "mode": "cookie",
        "outbound": True,
        "downloads": True,
        "forms": False,
        "domains": ["a.example", "b.c"],
        "exclude": ["/admin***", "/a+b(c)"],
        "query_params_kept": ["q"],
        "cookie_domain": "example.com",
        "gpc": "off",
    }
    add_website(tables, "admx_1", pixel=settings)
    add_website(tables, "admx_2", domain="other.example.com")
    _add_goal("Sign-up", "form.signup > button")
    frozen.move(1)
    _add_goal("Thanks", "/thanks*")
    _add_goal("Event", "event:x")
    _add_goal("</script>é", "[title='</script>']")
    raw, _ = add_key("admx_1")

    response = script(f"{raw}.js")

    assert _config(response) == {
        "k": raw,
        "m": "cookie",
        "g": [["form.signup > button", "Sign-up"], ["[title='</script>']", "</script>é"]],
        "o": {
            "outbound": True,
            "download": True,
            "domains": r"a\.example|b\.c",
            "exclude": r"/admin*|/a\+b\(c\)",
            "keep": "|".join([*module._click_ids(), "q"]),
            "cookie": "example.com",
            "gpc": "off",
        },
    }
    assert response["body"].isascii()
    other, _ = add_key("admx_2")
    assert _config(script(f"{other}.js")).keys() == {"k", "o"}


def test_ids_of_advertisements_are_kept_and_those_of_persons_are_not(tables: "DynamoDBServiceResource") -> None:
    add_website(tables, "admx_1")
    raw, _ = add_key("admx_1")

    kept = _config(script(f"{raw}.js"))["o"]["keep"].split("|")

    assert {"awc", "srsltid", "sccid"} <= {*kept}
    assert {*kept}.isdisjoint({"_kx", "ck_subscriber_id", "mc_eid", "mkt_tok", "vero_id"})


def test_goals_are_fifty_or_eight_kilobytes_at_most(tables: "DynamoDBServiceResource", frozen: Frozen) -> None:
    add_website(tables, "admx_1")
    for number in range(60):
        _add_goal(f"g{number:02}", f"#g{number}")
        frozen.move(1)
    raw, _ = add_key("admx_1")

    goals = _config(script(f"{raw}.js"))["g"]

    assert goals == [[f"#g{number}", f"g{number:02}"] for number in range(50)]
    add_website(tables, "admx_3")
    long = "#" + "x" * 490
    for number in range(30):
        new = NewGoal.model_validate({"website_id": "admx_3", "name": f"n{number}", "selector": long})
        GOALS.create(function_store(), "ws_1", new)
    goals = _config(script(f"{add_key('admx_3')[0]}.js"))["g"]
    assert len(json.dumps(goals, separators=(",", ":"))) <= module.GOALS_BYTES_MAX
    assert len(goals) == 16


def test_without_a_key_in_its_name_it_knows_ids_of_advertisements_alone() -> None:
    response = script("pixel.js")

    assert response["statusCode"] == 200
    assert _config(response) == {"o": {"keep": "|".join(module._click_ids())}}


def test_nothing_else_is_served(tables: "DynamoDBServiceResource") -> None:
    add_website(tables, "admx_1")
    raw, record = add_key("admx_1")
    revoke_key(function_store(), record.key_id)

    for name in (f"{raw}.js", raw, "x.js", "pixel.css", "..%2fpixel.js", f"{raw[:-1]}0.js"):
        response = script(name)
        assert response["statusCode"] == 404, name
        assert json.loads(response["body"])["error"]["code"] == "not_found"


def test_the_script_leaves_one_place_for_its_settings() -> None:
    assert len(re.findall(r"/\*!?CONFIG\*/", module.FILE.read_text())) == 1
    assert module.with_config({"k": "x"}).count('{"k":"x"}') == 1
    assert set(PIXEL_DEFAULTS) >= {"mode", "hash", "outbound"}
