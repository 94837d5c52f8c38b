"""Write docs/cost.md: quantities times prices for each way in. `make cost` runs it; a test checks the file."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from benchmarks import cost_paths
from benchmarks.cost_paths import MILLION, MILLISECONDS, all_paths
from benchmarks.prices import AS_OF, PRICES, REGION
from pixel.workspaces.due import SHARDS

ROOT: Final = Path(__file__).resolve().parents[1]
FILE: Final = ROOT / "docs" / "cost.md"
_HOURS_A_MONTH = 730
_POLLERS = 5  # pollers of Lambda for a queue, each with long polls of 20 seconds
_POLLS_A_MONTH = _POLLERS * _HOURS_A_MONTH * 3600 / 20
_LOOKS_A_MONTH = 60 * _HOURS_A_MONTH
_UNITS_OF_AN_EMPTY_QUERY = 0.5  # of an index, which is not read consistently
_METRICS_OF_A_LOOK = 2  # how late the oldest is, for the stack and for the function
_NAMES = {
    "api_requests": "API Gateway",
    "edge_requests": "CloudFront",
    "invocations": "Lambda, requests",
    "gb_seconds": "Lambda, time",
    "writes": "DynamoDB, writes",
    "reads": "DynamoDB, reads",
    "table_gb_months": "DynamoDB, storage of claims",
    "queue_requests": "SQS",
    "bus_events": "EventBridge",
    "topic_requests": "SNS",
    "stream_gb_in": "Kinesis, in",
    "stream_gb_out": "Kinesis, out",
    "objects_put": "S3, writing",
    "objects_read": "S3, reading",
    "log_gb": "CloudWatch Logs",
    "egress_gb": "data out, to Tinybird and callers",
    "stream_hours": "Kinesis, a stream",
    "alarms": "CloudWatch, alarms",
    "metrics": "CloudWatch, metrics",
}
_LEAST_SHOWN = 0.005  # dollars


def dollars(name: str, quantity: float) -> float:
    return quantity / PRICES[name].per * PRICES[name].dollars


def total(path: cost_paths.Path) -> float:
    return sum(dollars(name, quantity) for name, quantity in path.usage.items())


def render() -> str:
    paths = all_paths()
    parts = [_introduction(), _summary(paths), _assumptions(), _standing(), _details(paths), _prices()]
    return "\n".join(parts)


def _table(header: Iterable[str], rows: Iterable[Iterable[str]], right: int = 0) -> str:
    """Return a Markdown table whose last `right` columns are aligned right."""
    titles = list(header)
    rule = ["---"] * (len(titles) - right) + ["---:"] * right
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [titles, rule, *rows]) + "\n"


def _introduction() -> str:
    return f"""# Cost

What AWS charges for a million events by each way in, and for a million requests that read or manage: calls that
tests count, times list prices ({REGION}, on demand, noted {AS_OF} in
[benchmarks/prices.py](../benchmarks/prices.py): compare them with AWS's pages before you build on a figure; no free
tier, no discount). `make cost` writes this page from [benchmarks/cost.py](../benchmarks/cost.py); a test fails where
it is out of date. Tinybird's own bill depends on its plan and is not in it. Nothing of this has been compared with a
bill.
"""


def _summary(paths: list[cost_paths.Path]) -> str:
    rows = []
    for path in paths:
        parts = sorted(((dollars(name, used), name) for name, used in path.usage.items()), reverse=True)[:2]
        largest = ", ".join(f"{_NAMES[name]} {_money(spent)}" for spent, name in parts)
        rows.append([path.title, path.per, largest, f"**{_money(total(path))}**"])
    by_title = {path.title: total(path) for path in paths}
    single, batch = by_title["HTTP, one event a request"], by_title["HTTP, 1,000 events a request"]
    return f"""{_table(["way in", "a million", "the largest parts", "dollars"], rows, 1)}
In batches of 1,000, an event costs 1/{single / batch:.0f} of what it costs by itself. An `event_id` costs two writes:
that is what counting once takes over HTTP. Events of other services are told apart by their deliveries, for nothing.
"""


def _assumptions() -> str:
    rows = [[name, f"{milliseconds:,}"] for name, milliseconds in MILLISECONDS.items()]
    second = dollars("gb_seconds", MILLION * cost_paths.MEMORY_GB[cost_paths.DEFAULT])
    return f"""## What is assumed

How long functions run in AWS has not been measured, and most of it is waiting for Tinybird. Every 10 ms more of a
function with 512 MB is {_money(second / 100)} for a million requests. The times of events are those of a Tinybird that
writes at once. It gathers rows for a flush interval, which depends on its plan, and an append waits for that
([why](decisions/0017-an-id-is-claimed-once.md)). Each second is {_money(second)} for a million single events, and
almost nothing for an event of a batch, a queue or a file.

{_table(["function", "ms"], rows, 1)}
An event has {cost_paths.EVENT_BYTES} bytes as it is sent and {cost_paths.ROW_BYTES} as a row. A request leaves
{cost_paths.ACCESS_LOG_BYTES} bytes in the log of API Gateway, {cost_paths.AUTHORIZER_LOG_BYTES} in the authorizer's and
{cost_paths.FUNCTION_LOG_BYTES:,} in the function's. Data to Tinybird is charged as leaving AWS, which is the most it
can be. Sources deliver full batches, as they do under load: {cost_paths.DELIVERY} messages or records,
{cost_paths.PORTION:,} rows of a file, {cost_paths.CLICKS:,} clicks. Few events come in smaller ones, and cost more
each.
"""


def _standing() -> str:
    nested = [*cost_paths.ALARMS["Resources"].values(), *cost_paths.AUTOMATION["Resources"].values()]
    alarms = [one for one in nested if one["Type"] == "AWS::CloudWatch::Alarm"]
    always = [alarm for alarm in alarms if "Condition" not in alarm]
    methods = cost_paths.TEMPLATE["Resources"]["Api"]["Properties"]["MethodSettings"]
    measured = [method for method in methods if method["MetricsEnabled"]]
    some = len(alarms) - len(always)
    metrics = sum(
        max(sum("MetricStat" in one for one in alarm["Properties"].get("Metrics", [])), 1) for alarm in always
    )
    of_methods = 5 * len(measured)
    polled, optional = _polled_queues()
    rows: list[tuple[str, str, float]] = [
        ("alarms", f"{len(always)}, and {some} more with everything on", dollars("alarms", metrics)),
        ("metrics of a function that is called", "requests and two of their statuses", dollars("metrics", 3)),
        (
            "metrics of API Gateway by method",
            f"5 for each of {len(measured)} methods, if called; those of the stage are free",
            dollars("metrics", of_methods),
        ),
        (
            "polling of queues",
            f"{polled}, and {optional} more with everything on; {_POLLERS} x {_HOURS_A_MONTH} h x 3,600 s / 20 s each",
            dollars("queue_requests", polled * _POLLS_A_MONTH),
        ),
        (
            "looking for what is due",
            f"each minute, {SHARDS} queries of an index, {_METRICS_OF_A_LOOK} metrics",
            _looks(),
        ),
        (
            "a stream",
            f"{_HOURS_A_MONTH} h, with `EnableStream=true` alone",
            dollars("stream_hours", _HOURS_A_MONTH),
        ),
    ]
    shown = [[what, how, _money(spent)] for what, how, spent in rows]
    return f"""## What a month costs without any event

{_table(["what", "how many", "dollars"], shown, 1)}
Tables, queues, bus, topic, bucket and functions cost nothing while nothing comes. CloudWatch charges a metric only for
the hours in which it is written.
"""


def _polled_queues() -> tuple[int, int]:
    """Return how many queues functions poll always, and how many more if every part is on."""
    functions = [
        function
        for template in (cost_paths.TEMPLATE, cost_paths.AUTOMATION)
        for function in template["Resources"].values()
        if any(source["Type"] == "SQS" for source in function.get("Properties", {}).get("Events", {}).values())
    ]
    always = sum("Condition" not in function for function in functions)
    return always, len(functions) - always


def _looks() -> float:
    """Return what it costs to look each minute whether alerts, reports and messages are due."""
    seconds = MILLISECONDS["a look for what is due"] / 1000
    used = {
        "invocations": _LOOKS_A_MONTH,
        "gb_seconds": _LOOKS_A_MONTH * seconds * cost_paths.MEMORY_GB[cost_paths.DEFAULT],
        "reads": _LOOKS_A_MONTH * SHARDS * _UNITS_OF_AN_EMPTY_QUERY,
        "log_gb": _LOOKS_A_MONTH * cost_paths.FUNCTION_LOG_BYTES / cost_paths.GB,
        "metrics": _METRICS_OF_A_LOOK,
    }
    return sum(dollars(name, quantity) for name, quantity in used.items())


def _details(paths: list[cost_paths.Path]) -> str:
    parts = ["## The arithmetic\n\nParts of less than half a cent are left out.\n"]
    for alike in _alike(paths):
        path = alike[0]
        rows = [
            [_NAMES[name], path.steps.get(name, ""), _quantity(used), _money(dollars(name, used))]
            for name, used in path.usage.items()
            if dollars(name, used) >= _LEAST_SHOWN
        ]
        rows.append(["", "", "", f"**{_money(total(path))}**"])
        table = _table(["service", "how many", f"for a million {path.per}", "dollars"], rows, 2)
        title = "; ".join(one.title for one in alike)
        parts.append(f"### {title[0].upper()}{title[1:]}\n\n{table}")
    return "\n".join(parts)


def _alike(paths: list[cost_paths.Path]) -> list[list[cost_paths.Path]]:
    """Put paths together that use the same for the same reasons."""
    groups: list[list[cost_paths.Path]] = []
    for path in paths:
        for group in groups:
            if group[0]._replace(title=path.title) == path:
                group.append(path)
                break
        else:
            groups.append([path])
    return groups


def _prices() -> str:
    rows = [[_NAMES[name], price.text, f"<{price.page}>"] for name, price in PRICES.items()]
    return f"## Prices\n\n{_table(['what', 'price', 'published at'], rows)}"


def _money(amount: float) -> str:
    return f"{amount:,.2f}" if amount >= _LEAST_SHOWN else "<0.01"


def _quantity(quantity: float) -> str:
    return f"{quantity:,.0f}" if quantity >= 100 else f"{quantity:.3g}"


if __name__ == "__main__":
    FILE.write_text(render())
