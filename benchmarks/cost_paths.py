"""The usage of each service by a million events or requests, for each way in.

Counts of calls are those of benchmarks/calls.py, which tests measure. Sizes were measured on the embedded stack with an
event of EVENT_BYTES. Durations of functions in AWS have not been measured: MILLISECONDS are assumptions.
"""

from collections.abc import Mapping
from pathlib import Path as File
from typing import Final, NamedTuple

from benchmarks import calls
from local.template.documents import read_template

_ROOT: Final = File(__file__).resolve().parents[1]
TEMPLATE: Final = read_template(_ROOT / "template.yaml")
ALARMS: Final = read_template(_ROOT / "stacks" / "alarms.yaml")
AUTOMATION: Final = read_template(_ROOT / "stacks" / "automation.yaml")

MILLION: Final = 1_000_000
KB, GB = 1_000, 1_000_000_000

EVENT_BYTES: Final = 400  # as a caller sends it
ROW_BYTES: Final = 860  # as Tinybird gets it
CLICK_BYTES: Final = 700  # a row of a click, as the queue and Tinybird get it
CLAIM_BYTES: Final = 390
CLAIM_DAYS: Final = 7
ACCESS_LOG_BYTES: Final = 500  # a line of API Gateway
FUNCTION_LOG_BYTES: Final = 1_200  # Lambda's start and report, a line of ours and the metrics of a request
AUTHORIZER_LOG_BYTES: Final = 800
ANSWER_BYTES: Final = 800  # with API Gateway's headers

MILLISECONDS: Final = {
    "authorizer": 15,
    "one event": 60,
    "one event with an id": 75,
    "1,000 events": 400,
    "1,000 events with ids": 1_500,
    "500 of a queue or stream": 300,
    "5,000 of a file": 1_500,
    "1,000 clicks": 400,
    "a redirect": 15,
    "events of a browser": 15,
    "1,000 messages of browsers": 400,
    "me, a list or a token": 15,
    "a record written": 40,
    "rows of a pipe": 150,
    "a look for what is due": 100,
}
DEFAULT: Final = "Globals"
MEMORY_GB: Final[Mapping[str, float]] = {
    DEFAULT: TEMPLATE["Globals"]["Function"]["MemorySize"] / 1024,
    **{
        name: resource["Properties"]["MemorySize"] / 1024
        for name, resource in TEMPLATE["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function" and "MemorySize" in resource["Properties"]
    },
}
"""The memory of functions by default, and of those that set their own."""
BATCH, DELIVERY, PORTION, CLICKS = 1_000, 500, 5_000, 1_000
_ITEMS_OF_A_FATE = 6  # claim and receipts, each read whether it is there or not; 4 for ids of the sender's own
_READ_AT_ONCE = 10  # messages per call to SQS
_UNITS_IN_A_TRANSACTION = 2  # of each item, whether it is written or only checked


_ALSO_READ: Final = {
    "get_me": "",
    "get_event": f", and {_ITEMS_OF_A_FATE} claims and receipts, which need not exist",
}


class Path(NamedTuple):
    title: str
    per: str  # the unit of the million
    usage: Mapping[str, float]
    steps: Mapping[str, str]  # the arithmetic of each quantity


def all_paths() -> list[Path]:
    return [
        _by_http("one event a request", 1, "one event", with_ids=False),
        _by_http("one event a request, with an event_id", 1, "one event with an id", with_ids=True),
        _by_http("1,000 events a request", BATCH, "1,000 events", with_ids=False),
        _by_http("1,000 events a request, with event_ids", BATCH, "1,000 events with ids", with_ids=True),
        _by_queue("SQS, one event a message, ten messages a call", {"queue_requests": 1 / _READ_AT_ONCE}),
        _by_queue("EventBridge, one event each", {"bus_events": 1, "queue_requests": 1}),
        _by_queue("SNS, one event a message", {"topic_requests": 1, "queue_requests": 1}),
        _by_stream(),
        _by_file(with_ids=False),
        _by_file(with_ids=True),
        _of_browsers(),
        _of_browsers(by_edge=True),
        _redirects(),
        _clicks(),
        _reading("GET /me", "get_me", "me, a list or a token"),
        _reading("a list", "list_goals", "me, a list or a token"),
        _reading("a token for a pipe", "mint_metrics_token", "me, a list or a token"),
        _reading("rows of a pipe", "query_pipe", "rows of a pipe"),
        _reading("the fate of an event", "get_event", "rows of a pipe"),
        _writing("a record created", "create_alert", "the key, the website and the number of records that there are"),
        _writing("a record changed", "update_alert", "the key and the record"),
    ]


def _tables(made: calls.Calls, claims: int) -> dict[str, float]:
    """Return read and write units; an item is below 1 KB, hence one unit, and a batch counts each item."""
    return {
        "writes": made["UpdateItem"] + made["PutItem"] + (claims if made["BatchWriteItem"] else 0),
        "reads": made["GetItem"] + made["Query"] + made["BatchGetItem"] * _ITEMS_OF_A_FATE,
        "table_gb_months": (claims if made["BatchWriteItem"] else 0) * CLAIM_BYTES / GB * CLAIM_DAYS / 30,
    }


def _lambda(name: str, memory: str = DEFAULT) -> dict[str, float]:
    return {"invocations": 1, "gb_seconds": MILLISECONDS[name] / 1000 * MEMORY_GB[memory]}


def _sum(*parts: Mapping[str, float]) -> dict[str, float]:
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: sum(part.get(name, 0) for part in parts) for name in names}


def _times(usage: Mapping[str, float], count: float) -> dict[str, float]:
    return {name: quantity * count for name, quantity in usage.items() if quantity}


def _request(made: calls.Calls, function: str, *, claims: int = 0, memory: str = DEFAULT) -> dict[str, float]:
    logs = ACCESS_LOG_BYTES + AUTHORIZER_LOG_BYTES + FUNCTION_LOG_BYTES
    return _sum(
        {"api_requests": 1},
        _lambda("authorizer"),
        _lambda(function, memory),
        _tables(made + calls.of_function("authorizer"), claims),
        {"log_gb": logs / GB, "egress_gb": ANSWER_BYTES / GB},
    )


def _rows(count: int) -> dict[str, float]:
    return {"egress_gb": count * ROW_BYTES / GB}


def _by_http(title: str, events: int, function: str, *, with_ids: bool) -> Path:
    made = calls.of_events(events, with_ids=with_ids, counted=True)
    memory = "IngestBatchFunction" if events > 1 else DEFAULT
    usage = _sum(_request(made, function, claims=events, memory=memory), _rows(events))
    steps = {
        "api_requests": f"1 for {events:,}",
        "invocations": f"authorizer and function for {events:,}",
        "gb_seconds": f"({_gbs('authorizer')} + {_gbs(function, memory)}) for {events:,}",
        "writes": _writes(made, events),
        "reads": f"the key, for {events:,}",
    }
    return Path(f"HTTP, {title}", "events", _times(usage, MILLION / events), steps)


def _writes(made: calls.Calls, events: int) -> str:
    claims = f" + {2 * events:,} for claims, taken and marked" if made["PutItem"] else ""
    return f"(1 for the counter{claims}) for {events:,}"


def _gbs(name: str, memory: str = DEFAULT) -> str:
    return f"{MILLISECONDS[name]:,} ms x {MEMORY_GB[memory]:.4g} GB"


def _consumed(function: str, events: int, memory: str) -> dict[str, float]:
    return _sum(_lambda(function, memory), _rows(events), {"log_gb": FUNCTION_LOG_BYTES / GB})


def _by_queue(title: str, sent: Mapping[str, float]) -> Path:
    """Return the usage of events through a queue, in full batches, as under load."""
    function, memory = "500 of a queue or stream", "IngestQueueFunction"
    calls_to_queue = 2 * DELIVERY // _READ_AT_ONCE
    usage = _times(_sum(_consumed(function, DELIVERY, memory), {"queue_requests": calls_to_queue}), MILLION / DELIVERY)
    steps = {
        "queue_requests": f"{sent['queue_requests']:g} to send each; {calls_to_queue} to receive and delete {DELIVERY}",
        "invocations": f"1 for {DELIVERY}",
        "gb_seconds": f"{_gbs(function, memory)} for {DELIVERY}",
    }
    return Path(title, "events", _sum(_times(sent, MILLION), usage), steps)


def _of_browsers(*, by_edge: bool = False) -> Path:
    """Return the usage of events of browsers, one a request, from the request to Tinybird. Their key is known.

    Data out is charged at API Gateway's price also through the edge, where it is a little less.
    """
    calls_to_queue = 2 * CLICKS // _READ_AT_ONCE
    request = _sum(
        {"api_requests": 1, "queue_requests": 1, **({"edge_requests": 1} if by_edge else {})},
        _lambda("events of a browser"),
        {"log_gb": (ACCESS_LOG_BYTES + FUNCTION_LOG_BYTES) / GB, "egress_gb": ANSWER_BYTES / GB},
    )
    drained = _sum(
        _lambda("1,000 messages of browsers"),
        {"queue_requests": calls_to_queue, "log_gb": FUNCTION_LOG_BYTES / GB},
        _rows(CLICKS),
    )
    steps = {
        "queue_requests": f"1 to send each; {calls_to_queue} to receive and delete {CLICKS:,}",
        "invocations": f"1 each, and 1 for {CLICKS:,}",
        "gb_seconds": f"{_gbs('events of a browser')} each, {_gbs('1,000 messages of browsers')} for {CLICKS:,}",
    }
    usage = _sum(_times(request, MILLION), _times(drained, MILLION / CLICKS))
    through = " through the edge" if by_edge else ""
    return Path(f"the browser pixel{through}, one event a request", "events", usage, steps)


def _redirects() -> Path:
    """Return the usage of redirects of short links, whose clicks are recorded apart. No line of ours is for each."""
    usage = _sum(
        {"api_requests": 1},
        _lambda("a redirect"),
        {"reads": 0.5, "log_gb": ACCESS_LOG_BYTES / GB, "egress_gb": ANSWER_BYTES / GB},
    )
    steps = {
        "reads": "half a unit, eventually consistent; none within five seconds of the last in a container",
        "gb_seconds": _gbs("a redirect"),
    }
    return Path("redirects of short links", "requests", _times(usage, MILLION), steps)


def _clicks() -> Path:
    """Return the usage of clicks of short links from the redirect's message on, in full batches."""
    calls_to_queue = 2 * CLICKS // _READ_AT_ONCE
    one = _sum(
        _lambda("1,000 clicks"),
        {"queue_requests": CLICKS + calls_to_queue},
        {"log_gb": FUNCTION_LOG_BYTES / GB, "egress_gb": CLICKS * CLICK_BYTES / GB},
    )
    steps = {
        "queue_requests": f"1 to send each; {calls_to_queue} to receive and delete {CLICKS:,}",
        "invocations": f"1 for {CLICKS:,}",
        "gb_seconds": f"{_gbs('1,000 clicks')} for {CLICKS:,}",
    }
    return Path("recording clicks of short links", "clicks", _times(one, MILLION / CLICKS), steps)


def _by_stream() -> Path:
    """Return the usage of events through Kinesis, which charges a record by whole kilobytes."""
    function, memory = "500 of a queue or stream", "IngestStreamFunction"
    usage = _times(_consumed(function, DELIVERY, memory), MILLION / DELIVERY)
    stream = {"stream_gb_in": MILLION * KB / GB, "stream_gb_out": MILLION * KB / GB}
    steps = {
        "stream_gb_in": "1 KB each, the least that is charged",
        "stream_gb_out": "the same",
        "gb_seconds": f"{_gbs(function, memory)} for {DELIVERY}",
    }
    return Path("Kinesis, one event a record", "events", _sum(stream, usage), steps)


def _by_file(*, with_ids: bool) -> Path:
    """Return the usage of one file with a million events, with three writes of progress for each portion."""
    made = calls.of_events(PORTION, with_ids=with_ids, counted=False)
    usage = _sum(_consumed("5,000 of a file", PORTION, "IngestFileFunction"), _tables(made, PORTION), {"writes": 3})
    one = {"objects_put": MILLION * EVENT_BYTES / 8e6, "objects_read": 1, "bus_events": 1, "queue_requests": 3}
    steps = {
        "objects_put": f"parts of 8 MB, {EVENT_BYTES} bytes an event",
        "gb_seconds": f"{_gbs('5,000 of a file', 'IngestFileFunction')} for {PORTION:,}",
        "writes": f"({f'{PORTION:,} claims, twice, + ' if with_ids else ''}3 for the progress) for {PORTION:,}",
    }
    title = f"a file on S3{', with event_ids' if with_ids else ''}"
    return Path(title, "events", _sum(one, _times(usage, MILLION / PORTION)), steps)


def _reading(title: str, route: str, function: str) -> Path:
    usage = _request(calls.of_function(route), function)
    steps = {
        "invocations": "authorizer and function",
        "gb_seconds": f"{_gbs('authorizer')} + {_gbs(function)}",
        "writes": "the counter",
        "reads": f"the key{_ALSO_READ.get(route, ', and the website or the list')}",
    }
    return Path(f"reading: {title}", "requests", _times(usage, MILLION), steps)


def _writing(title: str, route: str, reads: str) -> Path:
    """Return the usage of requests that write a record, in a transaction."""
    actions = calls.ACTIONS[route]
    function = "a record written"
    usage = _sum(_request(calls.of_function(route), function), {"writes": _UNITS_IN_A_TRANSACTION * actions})
    steps = {
        "invocations": "authorizer and function",
        "gb_seconds": f"{_gbs('authorizer')} + {_gbs(function)}",
        "writes": f"the counter, and {_UNITS_IN_A_TRANSACTION} for each of {actions} items of the transaction",
        "reads": reads,
    }
    return Path(f"managing: {title}", "requests", _times(usage, MILLION), steps)
