"""What may answer an append of two rows: Tinybird, something in front of it, or nothing."""

import gzip

from pixel.ingest.delivery import Fate
from tests.unit.foundation.misbehaving_server import Act, answer, close, hang, plainly, reset, stop_half_way

_COUNTS = b'{"successful_rows":2,"quarantined_rows":0}'
ERROR = b'{"error":"secret","documentation":"https://www.tinybird.co/docs"}'
PAGE = b"<html>secret</html>"
_MEGABYTES = b"<html>" + b"x" * 3_000_000

# The answers that are certain: the fate of the rows, and whether Tinybird may have some of them.
CERTAIN: dict[str, tuple[Act, Fate, str, bool]] = {
    "written": (answer(_COUNTS, crc=None), Fate.ACCEPTED, "", True),
    "taken over": (answer(_COUNTS, status=202, crc=None), Fate.ACCEPTED, "", True),
    "quarantined": (
        answer(b'{"successful_rows":1,"quarantined_rows":1}', crc=None),
        Fate.PARTIAL,
        "quarantined",
        True,
    ),
    "a view failed": (answer(ERROR, status=422, crc=None), Fate.PARTIAL, "status 422", True),
    **{
        f"refused with {status}": (answer(ERROR, status=status, crc=None), Fate.REFUSED, f"status {status}", False)
        for status in (400, 401, 403, 404)
    },
    "too many": (answer(ERROR, status=429, crc=None), Fate.RETRYABLE, "status 429", False),
}
_NO_COUNTS = "the response has no row counts"
# All others: the rows are queued, and may be in Tinybird.
UNCERTAIN: dict[str, tuple[Act, str]] = {
    **{
        f"{status} without Tinybird's form": (answer(PAGE, status=status, crc=None), f"status {status}")
        for status in (400, 401, 403, 404, 407, 408, 413, 421, 422, 425, 451, 500, 503, 504, 520, 599)
    },
    **{
        f"{status} with Tinybird's form": (answer(ERROR, status=status, crc=None), f"status {status}")
        for status in (402, 405, 408, 409, 410, 413, 415, 425, 431, 451, 500, 502, 503, 504)
    },
    **{
        f"{status} with counts": (answer(_COUNTS, status=status, crc=None), f"status {status}")
        for status in (201, 203, 206, 299, 300, 600, 999)
    },
    **{
        f"{status} to elsewhere": (
            answer(PAGE, status=status, crc=None, headers={"Location": "http://127.0.0.1:1/"}),
            f"status {status}",
        )
        for status in (301, 302, 303, 307, 308)
    },
    "204": (plainly(b"HTTP/1.1 204 No\r\n\r\n"), "status 204"),
    "304": (plainly(b"HTTP/1.1 304 No\r\n\r\n"), "status 304"),
    "an error page of megabytes": (answer(_MEGABYTES, status=503, crc=None, then_close=True), "status 503"),
    "a refusal of megabytes": (answer(_MEGABYTES, status=403, crc=None, then_close=True), "status 403"),
    "megabytes with 200": (answer(_MEGABYTES, crc=None, then_close=True), "200 with a body that is too large"),
    **{
        f"200 with body {number}": (answer(body, crc=None), _NO_COUNTS)
        for number, body in enumerate(
            (
                b"",
                PAGE,
                ERROR,
                b"null",
                b"2",
                b"[]",
                b"[" * 90_000,
                b'{"a":' * 10_000,
                b"\xff\xfe",
                b'{"successful_rows":2}',
                b'{"successful_rows":"2","quarantined_rows":"0"}',
                b'{"successful_rows":1e999,"quarantined_rows":0}',
                b'{"successful_rows":NaN,"quarantined_rows":0}',
                b'{"successful_rows":true,"quarantined_rows":false}',
                b'{"successful_rows":[2],"quarantined_rows":{}}',
                b'{"successful_rows":' + b"9" * 5000 + b',"quarantined_rows":0}',
            )
        )
    },
    "compressed": (answer(gzip.compress(_COUNTS), crc=None, headers={"Content-Encoding": "gzip"}), _NO_COUNTS),
    "too few": (answer(b'{"successful_rows":1,"quarantined_rows":0}', crc=None), "1 of 2 rows accepted"),
    "too many rows": (answer(b'{"successful_rows":3,"quarantined_rows":0}', crc=None), "3 of 2 rows accepted"),
    "negative": (answer(b'{"successful_rows":2,"quarantined_rows":-1}', crc=None), "2 of 2 rows accepted"),
    **{
        name: (act, "POST: BrokenResponseError")
        for name, act in {
            "nothing": close,
            "a reset": reset,
            "half a body": stop_half_way,
            "garbage": plainly(b"\x00\x16\x03garbage\r\n\r\n", then_close=True),
            "another protocol": plainly(b"SSH-2.0-OpenSSH_9.6\r\n", then_close=True),
            "a status that is no number": plainly(b"HTTP/1.1 OK OK\r\n\r\n", then_close=True),
            "a status below 100": plainly(b"HTTP/1.1 099 No\r\n\r\n", then_close=True),
            "a switch": plainly(b"HTTP/1.1 101 Switching\r\n\r\n", then_close=True),
            "no length": plainly(b"HTTP/1.1 200 OK\r\n\r\n" + _COUNTS, then_close=True),
            "a length that is no number": plainly(
                b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + _COUNTS, then_close=True
            ),
            "two lengths": plainly(
                b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n" + _COUNTS, then_close=True
            ),
            "a length that is too long": plainly(
                b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + _COUNTS, then_close=True
            ),
            "broken chunks": plainly(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + _COUNTS, then_close=True
            ),
            "chunks that end early": plainly(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", then_close=True
            ),
            "a flood of headers": plainly(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 500 + b"\r\n", then_close=True),
            "an endless header": plainly(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000, then_close=True),
        }.items()
    },
    "a length that is too short": (
        plainly(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" + _COUNTS, then_close=True),
        _NO_COUNTS,
    ),
    "silence": (hang, "POST: ResponseTimeoutError"),
}
