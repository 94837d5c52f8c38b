"""Values that want out: of their quotes, of the template, of their type, of their tenant."""

import random
from collections.abc import Sequence

_FRAGMENTS = (
    *(
        "'",
        '"',
        "`",
        "\\",
        "\\'",
        "''",
        "--",
        "/*",
        "*/",
        ";",
        "#",
        "(",
        ")",
        "[",
        "]",
        ",",
        "=",
        "%",
        "_",
        "$",
        "\n",
        "\r\n",
    ),
    *("{{", "}}", "{%", "%}", "{#", "#}", "{{workspace_id}}", "{{String(workspace_id)}}", "{% end %}", "{% if 1 %}"),
    *(
        "{% set workspace_id = 'x' %}",
        "{{__import__('os')}}",
        "{{table('pageviews')}}",
        "{{error('x')}}",
        "{workspace_id:String}",
    ),
    *("' OR 1=1 --", "') OR (1=1", "' OR '1'='1", "1 OR 1=1", "0) OR 1=1 --", "' UNION ALL SELECT * FROM pageviews --"),
    *("'; DROP TABLE pageviews; --", "') UNION ALL SELECT * FROM identities --", "SETTINGS readonly=0", "FORMAT TSV"),
    *("['a','b']", "[1,2]", "(1,2)", '{"a":1}', "null", "None", "NaN", "inf", "-inf", "true", "", " ", "workspace_id"),
    *("0", "-1", "1.5", "1e3", "1e999", "0x10", "2147483648", "9223372036854775808", "9" * 40, "-" + "9" * 40),
    *(
        "\x00",
        "a\x00b",
        "\x1b[0m",
        "\ufeff",
        "é",
        "e\u0301",
        "😀",
        "\u202e",
        "\u2028",
        "\udfff",
        "\uff21",
        "\u2019",
        "\uff07",
        "ß" * 200,
    ),
    *(
        "2026-01-01",
        "2026-13-45 99:99:99",
        "0000-00-00 00:00:00",
        "9999-12-31 23:59:59",
        "2026-01-01T00:00:00Z",
        "now()",
    ),
    *(
        "UTC",
        "Europe/Nowhere",
        "../../etc/passwd",
        "+02:00",
        "Europe/Berlin'",
        "utc",
        "/,/",
        "goal:",
        "payment:",
        ",,,,",
        "/," * 30,
    ),
    *("visitors", "country", "linear", "day", "hour", "channel", "1", "2", "1000", "1001", "10000000"),
)


class Arsenal:
    """The same values in the same order in every run."""

    def __init__(self, ids: Sequence[str]) -> None:
        self._random = random.Random(20260101)
        self._fragments = (*_FRAGMENTS, *ids)

    def value(self) -> str | bytes:
        found = "".join(self._random.choices(self._fragments, k=self._random.choice((1, 1, 1, 2, 3, 5))))
        # Half of a surrogate pair has no UTF-8: it goes as the bytes that it would be.
        return found.encode(errors="surrogatepass") if "\udfff" in found else found

    def chance(self, share: float) -> bool:
        return self._random.random() < share

    def one_of(self, names: Sequence[str]) -> str:
        return self._random.choice(names)
