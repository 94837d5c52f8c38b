"""The log says where a failure happened and never what it said."""

from pixel.foundation import observability
from pixel.foundation.errors import LoggableError
from tests.conftest import Output

_SECRET = "pixel_live_SECRET"


def test_an_exception_is_described_by_its_type_and_places() -> None:
    described = str(observability.describe(_caught(lambda: _fail_below(ValueError(_SECRET)))))

    assert "ValueError at test_observability.py:" in described
    assert _SECRET not in described


def test_the_text_of_an_error_of_ours_is_told_because_no_caller_wrote_it() -> None:
    (link,) = _chain(_caught(lambda: _fail_below(LoggableError("PIXEL_X is not set"))))

    assert link.startswith("LoggableError(PIXEL_X is not set) at test_observability.py:")


def test_what_an_error_of_ours_was_raised_from_is_never_quoted() -> None:
    def fail() -> None:
        raise LoggableError("ours") from ValueError(_SECRET)

    assert _SECRET not in str(_chain(_caught(fail)))


def test_the_innermost_place_comes_first() -> None:
    (link,) = _chain(_caught(lambda: _fail_below(ValueError(_SECRET))))

    innermost = _fail_below.__code__.co_firstlineno + 1
    assert link.startswith(f"ValueError at test_observability.py:{innermost} < ")


def test_causes_are_described_and_never_quoted() -> None:
    def fail() -> None:
        try:
            _fail_below(KeyError(_SECRET))
        except KeyError as failure:
            raise RuntimeError(_SECRET) from failure

    chain = _chain(_caught(fail))

    assert [link.partition(" at ")[0] for link in chain] == ["RuntimeError", "KeyError"]
    assert _SECRET not in str(chain)


def test_what_failed_while_failing_is_described_and_never_quoted() -> None:
    def fail() -> None:
        try:
            _fail_below(KeyError(_SECRET))
        finally:
            raise RuntimeError(_SECRET)

    chain = _chain(_caught(fail))

    assert [link.partition(" at ")[0] for link in chain] == ["RuntimeError", "KeyError"]
    assert _SECRET not in str(chain)


def test_notes_are_never_quoted() -> None:
    failure = ValueError()
    failure.add_note(_SECRET)

    assert _SECRET not in str(observability.describe(failure))


def test_an_exception_that_was_never_raised_can_be_described() -> None:
    assert observability.describe(ValueError(_SECRET)) == {"failure": ["ValueError at "]}


def test_a_deep_stack_is_described_by_its_innermost_places() -> None:
    def fall(depth: int) -> None:
        if depth == 0:
            raise ValueError
        fall(depth - 1)

    (link,) = _chain(_caught(lambda: fall(50)))

    assert link.count(" < ") == 5


def test_counts_of_one_metric_add_up_and_are_written_once(output: Output) -> None:
    observability.count("Requests")
    observability.count("Requests", 2)
    observability.flush_metrics()
    observability.flush_metrics()

    assert output.metric("Requests") == 3
    assert len(output.lines) == 1


def test_a_metric_is_written_once_for_the_stack_and_once_by_function(output: Output) -> None:
    observability.count("Requests")
    observability.flush_metrics()

    (line,) = output.lines
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "PixelApi"
    assert sorted(directive["Dimensions"]) == [[], ["service"]]
    assert line["service"] == "test"


def test_a_thousand_counts_are_one_value_in_one_line(output: Output) -> None:
    names = [f"Metric{number}" for number in range(40)]
    for _ in range(1000):
        for name in names:
            observability.count(name)
    observability.count("Zero", 0)
    observability.flush_metrics()

    (line,) = output.lines
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert {metric["Name"] for metric in directive["Metrics"]} == {*names, "Zero"}
    assert all(line[name] == [1000] for name in names)
    assert line["Zero"] == [0]
    assert sorted(directive["Dimensions"]) == [[], ["service"]]


def test_nothing_is_written_when_nothing_was_counted(output: Output) -> None:
    observability.flush_metrics()

    assert output.text == ""


def _fail_below(failure: Exception) -> None:
    raise failure


def _caught(function: object) -> Exception:
    assert callable(function)
    try:
        function()
    except Exception as failure:  # noqa: BLE001 - the failure itself is what the tests look at
        return failure
    raise AssertionError("nothing failed")


def _chain(failure: Exception) -> list[str]:
    chain = observability.describe(failure)["failure"]
    assert isinstance(chain, list)
    return chain
