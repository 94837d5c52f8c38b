"""Each alarm rings in the state that it is for, with metrics as AWS and the functions publish them."""

from collections.abc import Callable

import pytest

from tests.template import document
from tests.template.alarm_evaluation import Metric, Metrics, ringing

_ALARMS = {
    name: alarm["Properties"]
    for template in (document.ALARMS, document.AUTOMATION)
    for name, alarm in document.of_type("AWS::CloudWatch::Alarm", template).items()
}
_OF_AUTOMATION = "PixelApi/${MainStackName}"
_QUEUE = {
    "Spill": "SpillQueueName",
    "IngestQueue": "IngestQueueName",
    "FileQueue": "FileQueueName",
    "ClicksQueue": "ClicksQueueName",
    "CollectQueue": "CollectQueueName",
}
_FUNCTIONS_OF_AUTOMATION = [name.removesuffix("Function") for name in document.functions(document.AUTOMATION)]
_LEFT_OUT_OF_AGE = 3  # receives after which SQS leaves a message out of the age of the oldest one
_Publish = Callable[[Metrics], None]


def _metric(namespace: str, name: str, **dimensions: str) -> Metric:
    return Metric(namespace, name, frozenset(dimensions.items()))


def _own(name: str, value: float, minutes: range, namespace: str = "MetricsNamespace") -> _Publish:
    def publish(metrics: Metrics) -> None:
        for minute in minutes:
            metrics.put(_metric(namespace, name), minute, value)

    return publish


def _of_automation(name: str, value: float = 1, minutes: range = range(30, 31)) -> _Publish:
    return _own(name, value, minutes, _OF_AUTOMATION)


def _once(metric: Metric, value: float = 1, minute: int = 30) -> _Publish:
    return lambda metrics: metrics.put(metric, minute, value)


def _for_ten_minutes(metric: Metric, value: float) -> _Publish:
    def publish(metrics: Metrics) -> None:
        for minute in range(30, 40):
            metrics.put(metric, minute, value)

    return publish


def _throttled(kind: str, table: str, **index: str) -> _Publish:
    """DynamoDB also counts the request, by its operation."""

    def publish(metrics: Metrics) -> None:
        metrics.put(_metric("AWS/DynamoDB", f"{kind}ThrottleEvents", TableName=table, **index), 30, 1)
        metrics.put(_metric("AWS/DynamoDB", "ThrottledRequests", TableName=table, Operation="Query"), 30, 1)

    return publish


def _failed(function: str) -> _Publish:
    return _once(_metric("AWS/Lambda", "Errors", FunctionName=function))


class _Waiting:
    """One message that stays in a queue and is received every `every` minutes, or never."""

    def __init__(self, queue: str, *, every: int | None, own: str = "", hours: int = 10) -> None:
        self._queue, self._every, self._own, self._hours = queue, every, own, hours

    def __call__(self, metrics: Metrics) -> None:
        receives = 0
        for minute in range(self._hours * 60):
            is_received = self._every is not None and minute % self._every == 0
            receives += is_received
            self._put(metrics, "ApproximateNumberOfMessagesVisible", minute, self._every is None)
            self._put(metrics, "ApproximateNumberOfMessagesNotVisible", minute, self._every is not None)
            self._put(metrics, "ApproximateAgeOfOldestMessage", minute, minute * 60 * (receives < _LEFT_OUT_OF_AGE))
            if is_received and self._own:
                metrics.put(_metric("MetricsNamespace", self._own), minute, minute * 60)

    def _put(self, metrics: Metrics, name: str, minute: int, value: float) -> None:
        metrics.put(_metric("AWS/SQS", name, QueueName=self._queue), minute, value)


_STATES: dict[str, _Publish] = {
    "Api5xxAlarm": _for_ten_minutes(_metric("AWS/ApiGateway", "5XXError", ApiName="ApiName", Stage="StageName"), 0.02),
    "ApiLatencyAlarm": _for_ten_minutes(
        _metric("AWS/ApiGateway", "Latency", ApiName="ApiName", Stage="StageName"), 6500
    ),
    "AuthorizerErrorsAlarm": _failed("AuthorizerFunctionName"),
    "UncountedRequestsAlarm": _own("UncountedRequests", 10, range(30, 31)),
    "UncountedReadersAlarm": _own("UncountedReaders", 10, range(30, 31)),
    "CanaryAlarm": _own("CanaryPasses", 0, range(0, 60, 5)),
    "TinybirdFailuresAlarm": _own("TinybirdFailures", 5, range(30, 32)),
    "ApiKeysReadThrottlesAlarm": _throttled("Read", "ApiKeysTableName"),
    "ApiKeysWriteThrottlesAlarm": _throttled("Write", "ApiKeysTableName"),
    "WorkspaceReadThrottlesAlarm": _throttled("Read", "WorkspaceTableName"),
    "WorkspaceWriteThrottlesAlarm": _throttled("Write", "WorkspaceTableName"),
    "CountersReadThrottlesAlarm": _throttled("Read", "CountersTableName"),
    "CountersWriteThrottlesAlarm": _throttled("Write", "CountersTableName"),
    "ClaimsReadThrottlesAlarm": _throttled("Read", "ClaimsTableName"),
    "ClaimsWriteThrottlesAlarm": _throttled("Write", "ClaimsTableName"),
    "SecretsReadThrottlesAlarm": _throttled("Read", "SecretsTableName"),
    "SecretsWriteThrottlesAlarm": _throttled("Write", "SecretsTableName"),
    "LinksReadThrottlesAlarm": _throttled("Read", "LinksTableName"),
    "LinksWriteThrottlesAlarm": _throttled("Write", "LinksTableName"),
    "ClicksNotQueuedAlarm": _own("ClicksNotQueued", 1, range(30, 31)),
    "Redirect5xxAlarm": _for_ten_minutes(
        _metric("AWS/ApiGateway", "5XXError", ApiName="RedirectApiName", Stage="StageName"), 0.02
    ),
    "WebsiteIndexThrottlesAlarm": _throttled("Read", "WorkspaceTableName", GlobalSecondaryIndexName="by_website"),
    "DrainSpillErrorsAlarm": _failed("DrainSpillFunctionName"),
    "DrainCollectErrorsAlarm": _failed("DrainCollectFunctionName"),
    "IngestQueueErrorsAlarm": _failed("IngestQueueFunctionName"),
    "IngestStreamErrorsAlarm": _failed("IngestStreamFunctionName"),
    "IngestFileErrorsAlarm": _failed("IngestFileFunctionName"),
    "RecordClicksErrorsAlarm": _failed("RecordClicksFunctionName"),
    "SpillAgeAlarm": _Waiting("SpillQueueName", every=None),
    "SpillWaitsAlarm": _Waiting("SpillQueueName", every=18, own="SpillQueueWait"),
    "IngestQueueAgeAlarm": _Waiting("IngestQueueName", every=None),
    "IngestQueueWaitsAlarm": _Waiting("IngestQueueName", every=7, own="IngestQueueWait"),
    "FileQueueAgeAlarm": _Waiting("FileQueueName", every=None),
    "FileQueueWaitsAlarm": _Waiting("FileQueueName", every=18, own="FileQueueWait"),
    "CollectQueueAgeAlarm": _Waiting("CollectQueueName", every=None),
    "CollectQueueWaitsAlarm": _Waiting("CollectQueueName", every=18, own="CollectQueueWait"),
    "ClicksQueueAgeAlarm": _Waiting("ClicksQueueName", every=None),
    "ClicksQueueWaitsAlarm": _Waiting("ClicksQueueName", every=18, own="ClicksQueueWait"),
    "DeadLettersAlarm": _once(_metric("AWS/SQS", "NumberOfMessagesSent", QueueName="DeadLetterQueueName")),
    "RowsDamagedAlarm": _own("RowsDamaged", 1, range(30, 31)),
    "RowsRefusedAlarm": _own("RowsRefused", 1, range(30, 31)),
    "StreamAgeAlarm": _for_ten_minutes(
        _metric("AWS/Lambda", "IteratorAge", FunctionName="IngestStreamFunctionName"), 700_000
    ),
    "AlertLagAlarm": _of_automation("AutomationLag", 1_000, range(30, 40)),
    "AutomationDeadLettersAlarm": _once(
        _metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", QueueName="AutomationDeadLetterQueue.QueueName")
    ),
    "MailsFailedAlarm": _of_automation("MailsFailed"),
    "MessagesFailedAlarm": _of_automation("MessagesFailed"),
    **{f"{function}ErrorsAlarm": _failed(f"{function}Function") for function in _FUNCTIONS_OF_AUTOMATION},
}


def _healthy(metrics: Metrics) -> None:
    """Traffic through every part for ten hours: events are taken in a second, a spill and a file now and then."""
    for minute in range(600):
        for queue in (*_QUEUE.values(), "DeadLetterQueueName"):
            is_busy = queue == "IngestQueueName"
            for name in ("ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"):
                metrics.put(_metric("AWS/SQS", name, QueueName=queue), minute, 20 * is_busy)
            metrics.put(_metric("AWS/SQS", "ApproximateAgeOfOldestMessage", QueueName=queue), minute, 2 * is_busy)
        metrics.put(_metric("MetricsNamespace", "IngestQueueWait"), minute, 3)
        metrics.put(_metric(_OF_AUTOMATION, "AutomationLag"), minute, 70 * (minute % 60 == 0))
        metrics.put(_metric("AWS/Lambda", "IteratorAge", FunctionName="IngestStreamFunctionName"), minute, 900)
        metrics.put(_metric("AWS/ApiGateway", "5XXError", ApiName="ApiName", Stage="StageName"), minute, 0)
        metrics.put(_metric("AWS/ApiGateway", "Latency", ApiName="ApiName", Stage="StageName"), minute, 80)
        if minute % 5 == 0:
            metrics.put(_metric("MetricsNamespace", "CanaryPasses"), minute, 1)
        if minute % 60 == 0:
            metrics.put(_metric("MetricsNamespace", "SpillQueueWait"), minute, 40)
            metrics.put(_metric("MetricsNamespace", "FileQueueWait"), minute, 3000)


def _metrics(*published: _Publish, minutes: int = 600) -> Metrics:
    metrics = Metrics()
    for publish in published:
        publish(metrics)
    metrics.minutes = max(metrics.minutes, minutes)
    return metrics


def _letters(standing: dict[int, int], hidden: range = range(0), sent: dict[int, int] | None = None) -> Metrics:
    """Return the metrics of the dead-letter queue, which holds so many messages from each minute on."""

    def publish(metrics: Metrics) -> None:
        count = 0
        for minute in range(120):
            count = standing.get(minute, count)
            is_hidden = minute in hidden
            values = {
                "ApproximateNumberOfMessagesVisible": 0 if is_hidden else count,
                "ApproximateNumberOfMessagesNotVisible": count if is_hidden else 0,
                "NumberOfMessagesSent": (sent or {}).get(minute, 0),
            }
            for name, value in values.items():
                # An empty queue that nobody has used for six hours has no metrics at all.
                if count or any(values.values()):
                    metrics.put(_metric("AWS/SQS", name, QueueName="DeadLetterQueueName"), minute, value)

    return _metrics(publish, minutes=120)


def test_every_alarm_has_a_state_to_ring_in() -> None:
    assert _STATES.keys() == _ALARMS.keys()


@pytest.mark.parametrize("name", _ALARMS)
def test_an_alarm_rings_in_its_state_and_not_when_all_is_well(name: str) -> None:
    assert ringing(_ALARMS[name], _metrics(_STATES[name])) != []
    assert ringing(_ALARMS[name], _metrics(_healthy)) == []


def test_the_canary_s_alarm_rings_without_any_canary() -> None:
    assert ringing(_ALARMS["CanaryAlarm"], _metrics()) != []


def test_the_alarm_on_what_is_late_rings_without_any_tick_and_not_without_one_of_them() -> None:
    but_one = [_of_automation("AutomationLag", 0, minutes) for minutes in (range(30), range(31, 60))]

    assert ringing(_ALARMS["AlertLagAlarm"], _metrics()) != []
    assert ringing(_ALARMS["AlertLagAlarm"], _metrics(*but_one, minutes=60)) == []


@pytest.mark.parametrize("queue", _QUEUE)
def test_messages_that_are_received_again_and_again_ring_although_their_age_is_not_counted(queue: str) -> None:
    backlog = _metrics(_STATES[f"{queue}WaitsAlarm"])

    age, waits = _ALARMS[f"{queue}AgeAlarm"], _ALARMS[f"{queue}WaitsAlarm"]

    assert all(period * age["Period"] < 3600 for period in ringing(age, backlog))
    assert (ringing(waits, backlog)[-1] + 1) * waits["Period"] == backlog.minutes * 60


@pytest.mark.parametrize("queue", _QUEUE)
def test_a_backlog_rings_until_it_is_gone(queue: str) -> None:
    periods = ringing(_ALARMS[f"{queue}WaitsAlarm"], _metrics(_STATES[f"{queue}WaitsAlarm"]))

    assert periods == list(range(periods[0], periods[-1] + 1))


def test_one_new_dead_letter_rings_beside_500_old_ones_and_the_old_ones_do_not() -> None:
    alarm = _ALARMS["DeadLettersAlarm"]

    assert [minute for minute in ringing(alarm, _letters({0: 500})) if minute >= 5] == []
    assert ringing(alarm, _letters({0: 500, 60: 501}))[-5:] == [60, 61, 62, 63, 64]


def test_a_message_that_sqs_moves_to_the_empty_and_long_unused_queue_rings() -> None:
    assert ringing(_ALARMS["DeadLettersAlarm"], _letters({60: 1}))[0] == 60


def test_a_new_dead_letter_rings_while_old_ones_are_replayed() -> None:
    assert ringing(_ALARMS["DeadLettersAlarm"], _letters({0: 500, 60: 101}, sent={60: 1}))[-1] == 64


def test_listing_dead_letters_rings_nothing() -> None:
    assert [m for m in ringing(_ALARMS["DeadLettersAlarm"], _letters({0: 500}, hidden=range(60, 63))) if m >= 5] == []
