"""Wrong requests to Pxl, each with the faults that its answer names: path, code and sentence."""

from typing import Any, NamedTuple

from tests.routes.pxl.shorts_given import DESTINATION, FORM

_URL = "must be an address such as https://www.example.com/page."
_ROUTE = (
    "`route` must be 1 to 3 segments with / between them, each of 1 to 64 characters of A-Z a-z 0-9 - _, "
    "and have at least 4 characters in all."
)
_HOST = "must lead to a public domain name such as www.example.com, not to an IP address."
_DOMAIN = "must be the domain of this workspace's short links; leave it out for the default one."
_CONSENT = "needs the name and the privacy address of your company; set them for the workspace first."
_DATE = "must be YYYY-MM-DD, from 1970 to 2105."
_OK = {"destination": DESTINATION}

type Fault = tuple[str, str, str]


class Wrong(NamedTuple):
    """A request: a body as it is sent or as JSON, or parameters."""

    given: Any
    faults: list[Fault]
    media_type: str = "application/json"


def _of(given: Any, *faults: Fault) -> Wrong:
    return Wrong(given, list(faults))


def _form(given: str, *faults: Fault) -> Wrong:
    return Wrong(given, list(faults), FORM)


NEW = (
    _of("{", ("body", "invalid", "The body must be valid JSON.")),
    _of("[]", ("body", "invalid", "The body must be a JSON object, or a form.")),
    _of('{"title": "a", "title": "b"}', ("body", "invalid", "An object must not repeat a name.")),
    _of({}, ("destination", "missing", "`destination` is required.")),
    _of({"destination": None}, ("destination", "missing", "`destination` is required.")),
    _of({"destination": 5}, ("destination", "wrong_type", "`destination` must be text.")),
    _of({"destination": ""}, ("destination", "invalid", f"`destination` {_URL}")),
    _of({"destination": "example.com"}, ("destination", "invalid", f"`destination` {_URL}")),
    _of(
        {"destination": "javascript:alert(1)"},
        ("destination", "scheme", "`destination` must begin with http:// or https://."),
    ),
    _of({"destination": "http://0x7f.1/"}, ("destination", "host_not_public", f"`destination` {_HOST}")),
    _of({"destination": "http://localhost/"}, ("destination", "host_not_public", f"`destination` {_HOST}")),
    _of(
        {"destination": "https://me@example.com/"},
        ("destination", "credentials", "`destination` must not contain a user name or a password."),
    ),
    _of(
        {"destination": "https://go.example.com/else"},
        ("destination", "loop", "`destination` must not lead to a domain of short links."),
    ),
    _of(
        {"destination": f"https://example.com/{'x' * 4096}"},
        ("destination", "too_long", "`destination` must have at most 4096 characters."),
    ),
    _of({**_OK, "route": "abc"}, ("route", "invalid", _ROUTE)),
    _of({**_OK, "route": "a b c d"}, ("route", "invalid", _ROUTE)),
    _of({**_OK, "route": 1234}, ("route", "wrong_type", "`route` must be text.")),
    _of({**_OK, "route": "admin"}, ("route", "reserved", "`route` is reserved; choose another code.")),
    _of({**_OK, "domain": "pxl.to"}, ("domain", "invalid", f"`domain` {_DOMAIN}")),
    _of({**_OK, "domain": 1}, ("domain", "wrong_type", "`domain` must be text.")),
    _of({**_OK, "consent": True}, ("consent", "invalid", f"`consent` {_CONSENT}")),
    _of({**_OK, "consent": "yes"}, ("consent", "wrong_type", "`consent` must be true or false.")),
    _of({**_OK, "title": "x" * 201}, ("title", "too_long", "`title` must have at most 200 characters.")),
    _of(
        {**_OK, "description": "x" * 1001},
        ("description", "too_long", "`description` must have at most 1000 characters."),
    ),
    _of({**_OK, "image": "http://example.com/a.png"}, ("image", "invalid", "`image` must begin with https://.")),
    _of({**_OK, "favicon": "a.ico"}, ("favicon", "invalid", f"`favicon` {_URL}")),
    _of({**_OK, "clicks": 5}, ("clicks", "unknown", "`clicks` is not a field of this record; remove it.")),
    _of(
        {**_OK, "titel": "a"},
        ("titel", "unknown", "`titel` is not a field of this record; did you mean `title`?"),
    ),
    _of(
        {"route": "-", "consent": 1, "image": 2},
        ("destination", "missing", "`destination` is required."),
        ("consent", "wrong_type", "`consent` must be true or false."),
        ("image", "wrong_type", "`image` must be text."),
        ("route", "invalid", _ROUTE),
    ),
    _form("", ("destination", "missing", "`destination` is required.")),
    _form("destination=", ("destination", "missing", "`destination` is required.")),
    _form("destination=a&destination=b", ("body", "invalid", "A form must not repeat a field.")),
    _form("destination=%ff", ("body", "invalid", "The body must be a valid form in UTF-8.")),
    _form(
        "&".join(f"f{number}=1" for number in range(101)),
        ("body", "invalid", "The body must be a valid form in UTF-8."),
    ),
    _form(
        '{"destination": "https://example.com"}',
        ("body", "invalid", "The body looks like JSON and is declared as a form; send Content-Type: application/json."),
    ),
    _form("destination=https://a.example.com&consent=1", ("consent", "wrong_type", "`consent` must be true or false.")),
)
CHANGES = (
    _of(
        {},
        (
            "body",
            "missing",
            "Nothing to change; send at least one of destination, consent, title, description, image, favicon.",
        ),
    ),
    _of({"route": "another"}, ("route", "invalid", "`route` cannot be changed; create another short link.")),
    _of(
        {"domain": "pxl.to", "title": 5},
        ("domain", "invalid", "`domain` cannot be changed; create another short link."),
        ("title", "wrong_type", "`title` must be text."),
    ),
    _of({"destination": None}, ("destination", "wrong_type", "`destination` must be text.")),
    _form("destination=", ("destination", "wrong_type", "`destination` must be text.")),
    _of(
        {"destination": "https://go.example.com/x"},
        ("destination", "loop", "`destination` must not lead to a domain of short links."),
    ),
)
LISTS = (
    _of({"take": "0"}, ("take", "invalid", "`take` must be a whole number from 1 to 100.")),
    _of({"take": "ten"}, ("take", "invalid", "`take` must be a whole number from 1 to 100.")),
    _of({"skip": "10001"}, ("skip", "invalid", "`skip` must be a whole number from 0 to 10,000.")),
    _of({"skip": ["1", "2"]}, ("skip", "repeated", "`skip` must be given once.")),
    _of({"domain": "pxl.to"}, ("domain", "invalid", "`domain` must be the domain of this workspace's short links.")),
    _of(
        {"page": "2"},
        ("page", "unknown", "`page` is not a parameter of this route; it takes domain, search, skip, take."),
    ),
)
INSIGHT = (
    _of({"datefrom": "yesterday"}, ("datefrom", "invalid", f"`datefrom` {_DATE}")),
    _of({"datefrom": "2026-02-30"}, ("datefrom", "invalid", f"`datefrom` {_DATE}")),
    _of({"dateto": "2026-02-01T00:00:00Z"}, ("dateto", "invalid", f"`dateto` {_DATE}")),
    _of({"dateto": ""}, ("dateto", "invalid", "`dateto` must not be empty; give it a value or omit it.")),
    _of(
        {"datefrom": "2026-02-02", "dateto": "2026-02-01"},
        ("datefrom", "invalid", "`datefrom` must not be later than `dateto`."),
    ),
    _of(
        {"datefrom": "2020-01-01", "dateto": "2026-02-01"},
        ("datefrom", "invalid", "`datefrom` and `dateto` must span at most 1,830 days."),
    ),
    _of({"os": "iOS", "OS": "Linux"}, ("OS", "invalid", "`OS` and `os` are the same; send one of them.")),
    _of(
        {"timezone": "Berlin", "city": "\x00"},
        ("timezone", "invalid", "`timezone` must be a name in the IANA time zone database, such as Europe/Berlin."),
        ("city", "invalid", "`city` must have at most 1,024 printable characters."),
    ),
    _of(
        {"contry": "DE"},
        ("contry", "unknown", "`contry` is not a parameter of this route; did you mean `country`?"),
    ),
)
