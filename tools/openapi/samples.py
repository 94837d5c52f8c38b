"""Code samples of an operation in curl, Python and JavaScript, made of the examples of the document.

They work as they are pasted, with the address and the key in environment variables, which `source .local/env.sh` sets
for the embedded stack.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from local.shell_file import key_variable
from pixel.faces.directory import FACES
from tools.openapi.schema import Schema

ADDRESS_VARIABLE = "API"
KEY_VARIABLE = "PIXEL_KEY"
_OF_SCOPES = {scope: key_variable(face) for face in FACES for scope in face.scopes}
_NARROWING = ("If-Match", "cursor", "format", "limit", "timezone", "updated_since")
"""Parameters that have an example and that a first request does without."""


class _Request(NamedTuple):
    method: str
    path: str
    query: dict[str, str]
    media_type: str | None
    body: Any
    key_variable: str | None  # the variable that has the key, if one is needed
    is_json: bool  # whether the response is

    @property
    def path_and_query(self) -> str:
        return f"{self.path}?{urlencode(self.query, quote_via=quote, safe=',/')}" if self.query else self.path

    @property
    def text(self) -> str:
        return self.body if isinstance(self.body, str) else json.dumps(self.body, indent=2)


def samples(
    method: str, path: str, operation: Schema, resolve: Callable[[Schema], Schema]
) -> list[dict[str, str]] | None:
    """Return the samples as `x-codeSamples` has them, or None for what is not called by programs.

    `resolve` returns what a reference of the document points to.
    """
    if operation["security"] and not _scopes(operation):
        return None
    request = _request(method, path, operation, resolve)
    written = (("Shell", "curl", _curl), ("Python", "Python", _python), ("JavaScript", "JavaScript", _javascript))
    return [{"lang": language, "label": label, "source": write(request)} for language, label, write in written]


def _key_variable(operation: Schema) -> str:
    return next((_OF_SCOPES[one] for scopes in _scopes(operation) for one in scopes if one in _OF_SCOPES), KEY_VARIABLE)


def _scopes(operation: Schema) -> list[list[str]]:
    return [scopes for entry in operation["security"] for name, scopes in entry.items() if name == "ApiKey"]


def _request(method: str, path: str, operation: Schema, resolve: Callable[[Schema], Schema]) -> _Request:
    given = [resolve(parameter) for parameter in operation.get("parameters", [])]
    examples = {one["name"]: str(one["example"]) for one in given if "example" in one and one["name"] not in _NARROWING}
    for one in given:
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", quote(examples.pop(one["name"]), safe=""))
    media_type, body = _body(operation, resolve)
    content = next(response["content"] for status, response in operation["responses"].items() if status[0] == "2")
    return _Request(
        method=method.upper(),
        path=path,
        query={one["name"]: examples[one["name"]] for one in given if one["in"] == "query" and one["name"] in examples},
        media_type=media_type,
        body=body,
        key_variable=_key_variable(operation) if operation["security"] else None,
        is_json="application/json" in content,
    )


def _body(operation: Schema, resolve: Callable[[Schema], Schema]) -> tuple[str | None, Any]:
    """Return the media type and the example of the body, or None for both if there is none."""
    if "requestBody" not in operation:
        return None, None
    media_type, content = next(iter(operation["requestBody"]["content"].items()))
    if "examples" in content:
        return media_type, next(iter(content["examples"].values()))["value"]
    return media_type, content["example"] if "example" in content else resolve(content["schema"])["example"]


def _curl(request: _Request) -> str:
    method = "" if request.method == ("GET" if request.body is None else "POST") else f" -X {request.method}"
    parts = [f'curl -s{method}{" -G" if request.query else ""} "${ADDRESS_VARIABLE}{request.path}"']
    for name, value in request.query.items():
        option = "-d" if quote(value, safe=",") == value else "--data-urlencode"
        parts.append(f"{option} '{name}={value}'")
    if request.key_variable:
        parts.append(f'-H "Authorization: Bearer ${request.key_variable}"')
    if request.body is not None:
        quoted = request.text.replace("'", "'\\''")
        parts += [f"-H 'Content-Type: {request.media_type}'", f"-d '{quoted}'"]
    return " \\\n  ".join(parts)


def _python(request: _Request) -> str:
    arguments = [f"os.environ['{ADDRESS_VARIABLE}'] + {json.dumps(request.path)}"]
    if request.query:
        arguments.append(f"params={_literal(request.query)}")
    key = request.key_variable
    headers = [f'"Authorization": f"Bearer {{os.environ[\'{key}\']}}"'] if key else []
    if request.body is not None:
        is_plain = request.media_type == "application/json"
        headers += [] if is_plain else [f'"Content-Type": "{request.media_type}"']
        arguments.append(f"json={_literal(request.body)}")
    if headers:
        arguments.append(f"headers={{{', '.join(headers)}}}")
    called = "".join(f"    {argument},\n" for argument in [*arguments, "timeout=30"])
    shown = "response.json()" if request.is_json else "response.text"
    return f"import os\n\nimport requests\n\nresponse = requests.{request.method.lower()}(\n{called})\nprint({shown})"


def _literal(value: Any, indent: str = "    ") -> str:
    """Return a value as Python is written, with a field on each line."""
    deeper = f"{indent}    "
    match value:
        case dict():
            fields = (f"{deeper}{json.dumps(name)}: {_literal(one, deeper)},\n" for name, one in value.items())
            return f"{{\n{''.join(fields)}{indent}}}"
        case list():
            lines = (f"{deeper}{_literal(one, deeper)},\n" for one in value)
            return f"[\n{''.join(lines)}{indent}]"
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _javascript(request: _Request) -> str:
    options = [] if request.method == "GET" else [f'method: "{request.method}"']
    headers: Mapping[str, str] = {
        **({"Authorization": f"`Bearer ${{process.env.{request.key_variable}}}`"} if request.key_variable else {}),
        **({'"Content-Type"': f'"{request.media_type}"'} if request.media_type else {}),
    }
    if headers:
        options.append(f"headers: {{ {', '.join(f'{name}: {value}' for name, value in headers.items())} }}")
    if request.body is not None:
        written = request.text.replace("\n", "\n  ")
        options.append(f"body: JSON.stringify({written})")
    given = "".join(f"  {option},\n" for option in options)
    second = f", {{\n{given}}}" if given else ""
    shown = "json" if request.is_json else "text"
    address = f"`${{process.env.{ADDRESS_VARIABLE}}}{request.path_and_query}`"
    return f"const response = await fetch({address}{second});\nconsole.log(await response.{shown}());"
