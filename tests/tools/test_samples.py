"""The code samples of the document make the requests that its examples describe, in each of the three languages."""

import json
import re
import shlex
import sys
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pytest
from jsonschema_rs import Draft202012Validator

from tests import openapi

_ADDRESS = "https://api.example.com"
_KEY = "pixel_test_1"
_VARIABLES = ("PIXEL_KEY", "INFINITY_KEY", "PXL_KEY", "SMART_LINKS_KEY")
_ANY_VARIABLE = "{}(?:" + "|".join(_VARIABLES) + ")"


class _Sent(NamedTuple):
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


def test_the_three_languages_send_the_same_request_and_the_document_describes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("API", _ADDRESS)
    for name in _VARIABLES:
        monkeypatch.setenv(name, _KEY)
    sampled = {route: one["x-codeSamples"] for route, one in openapi.operations().items() if "x-codeSamples" in one}

    for (method, path), samples in sampled.items():
        curl, python, javascript = (sample["source"] for sample in samples)
        sent = _of_curl(curl)
        assert [sample["lang"] for sample in samples] == ["Shell", "Python", "JavaScript"]
        assert _of_python(python, monkeypatch) == sent
        assert _of_javascript(javascript) == sent
        assert sent.method == method.upper()
        assert path in {reached := _reached(sent), openapi.template_of(reached)}
        _hold(openapi.operations()[method, path], sent)


def test_every_route_that_takes_a_key_or_nothing_has_samples() -> None:
    without = [route for route, one in openapi.operations().items() if "x-codeSamples" not in one]

    assert [route for route in without if {*_schemes(route)} <= {"ApiKey", "LinksKey"}] == []


def test_a_pipe_s_example_has_rows_of_its_schema() -> None:
    of_pipes = {route: one for route, one in openapi.operations().items() if re.search("/query/p_", route[1])}
    for (method, path), operation in of_pipes.items():
        example = operation["responses"]["200"]["content"]["application/json"]["example"]
        assert openapi.faults_of_answer(method, path, 200, "application/json", example) == []
        assert example["data"]["data"], path


def _reached(sent: _Sent) -> str:
    found = openapi.route_of(sent.method, sent.path)
    assert found, sent
    return found[1]


def _path(url: str) -> str:
    """Return the path of a URL, which must be at the address that the environment names."""
    assert url.startswith(f"{_ADDRESS}/")
    return urlsplit(url).path


def _schemes(route: tuple[str, str]) -> list[str]:
    return [name for entry in openapi.operations()[route]["security"] for name in entry]


def _hold(operation: openapi.Schema, sent: _Sent) -> None:
    """Hold a request against the operation: its parameters, its key and its body."""
    described = [openapi.resolved(entry) for entry in operation.get("parameters", [])]
    in_query = {one["name"]: one["schema"] for one in described if one["in"] == "query"}
    required = {one["name"] for one in described if one["in"] == "query" and one.get("required")}
    assert required <= sent.query.keys() <= in_query.keys()
    assert all(Draft202012Validator(in_query[name]).is_valid(value) for name, value in sent.query.items())
    assert sent.headers.get("authorization") == (f"Bearer {_KEY}" if operation["security"] else None)
    assert (sent.body is not None) == ("requestBody" in operation)
    if sent.body is not None:
        schema = operation["requestBody"]["content"][sent.headers["content-type"]]["schema"]
        assert Draft202012Validator({**schema, "components": openapi.document()["components"]}).is_valid(sent.body)


def _of_curl(source: str) -> _Sent:
    written = source.replace("\\\n", "").replace("$API", _ADDRESS)
    words = shlex.split(re.sub(_ANY_VARIABLE.format(r"\$"), _KEY, written))
    options: dict[str, list[str]] = {"-X": [], "-H": [], "-d": [], "--data-urlencode": []}
    address, method = "", ""
    arguments = iter(words[1:])
    for word in arguments:
        if word in options:
            options[word].append(next(arguments))
        elif word == "-G":
            method = "GET"
        elif word != "-s":
            address = word
    given = [*options["-d"], *options["--data-urlencode"]]
    in_query = method == "GET"
    body = None if in_query or not given else json.loads(given[0])
    return _Sent(
        method or (options["-X"] or ["GET" if body is None else "POST"])[0],
        _path(address),
        dict(one.split("=", 1) for one in given) if in_query else {},
        {name.lower(): value for name, value in (header.split(": ", 1) for header in options["-H"])},
        body,
    )


def _of_python(source: str, monkeypatch: pytest.MonkeyPatch) -> _Sent:
    """Run the sample with a `requests` that records what it is asked to send."""
    sent: list[_Sent] = []

    def record(method: str) -> Any:
        def send(url: str, *, timeout: int, params: Any = None, json: Any = None, headers: Any = None) -> Any:
            assert timeout
            written = {"content-type": "application/json"} if json is not None else {}
            written |= {name.lower(): value for name, value in (headers or {}).items()}
            sent.append(_Sent(method, _path(url), params or {}, written, json))
            return SimpleNamespace(json=dict, text="")

        return send

    played = ModuleType("requests")
    for method in ("get", "post", "put", "patch", "delete"):
        setattr(played, method, record(method.upper()))
    monkeypatch.setitem(sys.modules, "requests", played)
    exec(compile(source, "sample", "exec"), {})
    return sent[0]


def _of_javascript(source: str) -> _Sent:
    """Read the one call of fetch; its options are JSON but for names without quotes and the templates."""
    called = re.match(
        r"const response = await fetch\(`\$\{process\.env\.API\}([^`]+)`(?:, (\{.*\}))?\);\n", source, re.DOTALL
    )
    assert called
    bearer = f"`Bearer {_ANY_VARIABLE.format(r'\$\{process\.env\.')}}}`"
    options = re.sub(bearer, json.dumps(f"Bearer {_KEY}"), called[2] or "{}")
    options = re.sub(r"JSON\.stringify\((\{.*\})\)", r"\1", options, flags=re.DOTALL)
    options = re.sub(r"(?<=[{ ])(method|headers|body|Authorization):", r'"\1":', options)
    read = json.loads(re.sub(r",(\s*\})", r"\1", options))
    address = urlsplit(_ADDRESS + called[1])
    return _Sent(
        read.get("method", "GET"),
        address.path,
        dict(parse_qsl(address.query)),
        {name.lower(): value for name, value in read.get("headers", {}).items()},
        read.get("body"),
    )
