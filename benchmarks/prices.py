"""AWS's published on-demand prices in us-east-1, without free tiers, discounts and taxes.

Tinybird's prices depend on the plan and are not included.
"""

from typing import Final, NamedTuple

REGION: Final = "us-east-1"
AS_OF: Final = "2026-11"


class Price(NamedTuple):
    dollars: float
    per: float  # the number of units for that price
    unit: str
    page: str

    @property
    def text(self) -> str:
        many = {1_000_000: "million ", 1_000: "thousand ", 1: ""}[int(self.per)]
        exact = f"{self.dollars:.10f}".rstrip("0")
        return f"${max(exact, f'{self.dollars:.2f}', key=len)} per {many}{self.unit}"


_AWS = "https://aws.amazon.com"
PRICES: Final = {
    "api_requests": Price(3.50, 1e6, "requests", f"{_AWS}/api-gateway/pricing/"),
    "edge_requests": Price(1.00, 1e6, "HTTPS requests", f"{_AWS}/cloudfront/pricing/"),
    "invocations": Price(0.20, 1e6, "requests", f"{_AWS}/lambda/pricing/"),
    "gb_seconds": Price(0.0000133334, 1, "GB-second, arm64", f"{_AWS}/lambda/pricing/"),
    "writes": Price(0.625, 1e6, "write units of 1 KB", f"{_AWS}/dynamodb/pricing/on-demand/"),
    "reads": Price(0.125, 1e6, "read units of 4 KB", f"{_AWS}/dynamodb/pricing/on-demand/"),
    "table_gb_months": Price(0.25, 1, "GB-month", f"{_AWS}/dynamodb/pricing/on-demand/"),
    "queue_requests": Price(0.40, 1e6, "requests of 64 KB", f"{_AWS}/sqs/pricing/"),
    "bus_events": Price(1.00, 1e6, "events of 64 KB", f"{_AWS}/eventbridge/pricing/"),
    "topic_requests": Price(0.50, 1e6, "publishes of 64 KB", f"{_AWS}/sns/pricing/"),
    "stream_gb_in": Price(0.08, 1, "GB in", f"{_AWS}/kinesis/data-streams/pricing/"),
    "stream_gb_out": Price(0.04, 1, "GB out", f"{_AWS}/kinesis/data-streams/pricing/"),
    "stream_hours": Price(0.04, 1, "hour of a stream", f"{_AWS}/kinesis/data-streams/pricing/"),
    "objects_put": Price(0.005, 1e3, "PUT requests", f"{_AWS}/s3/pricing/"),
    "objects_read": Price(0.0004, 1e3, "GET requests", f"{_AWS}/s3/pricing/"),
    "log_gb": Price(0.50, 1, "GB of logs", f"{_AWS}/cloudwatch/pricing/"),
    "alarms": Price(0.10, 1, "metric of an alarm and month", f"{_AWS}/cloudwatch/pricing/"),
    "metrics": Price(0.30, 1, "metric and month", f"{_AWS}/cloudwatch/pricing/"),
    "egress_gb": Price(0.09, 1, "GB out of AWS", f"{_AWS}/ec2/pricing/on-demand/"),
}
