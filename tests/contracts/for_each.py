"""Checks what holds for each function, route or file in one test, which names those for which it does not.

`pytest.mark.parametrize` makes a test of each. All processes of xdist collect all tests, and pytest's own work around a
test takes longer than such a check: a route would bring two dozen of them.
"""

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

type Test = Callable[..., None]
type Values = Iterable[Any]


def for_each(names: str | tuple[str, ...], values: Values | Callable[[], Values]) -> Callable[[Test], Test]:
    """Call the test with each value, or with what is in each where there are several names.

    `values` may be a function, which is called once the test runs.
    """
    parameters = (names,) if isinstance(names, str) else names

    def decorate(test: Test) -> Test:
        @wraps(test)
        def test_of_all(**fixtures: Any) -> None:
            found = values if isinstance(values, Iterable) else values()
            cases = [(value,) if isinstance(names, str) else value for value in found]
            assert cases, "there is nothing that this could hold for"
            if failures := [failure for case in cases if (failure := _failure_of(test, parameters, case, fixtures))]:
                raise ExceptionGroup(f"{len(failures)} of {len(cases)} fail", failures)

        kept = [one for name, one in inspect.signature(test).parameters.items() if name not in parameters]
        # pytest takes what is left for names of fixtures.
        test_of_all.__signature__ = inspect.Signature(kept)  # type: ignore[attr-defined] # which mypy does not know
        return test_of_all

    return decorate


def _failure_of(
    test: Test, parameters: tuple[str, ...], case: tuple[Any, ...], fixtures: dict[str, Any]
) -> Exception | None:
    try:
        test(**fixtures, **dict(zip(parameters, case, strict=True)))
    except Exception as failure:  # noqa: BLE001 - whichever it is, the others are tried, and all are raised together
        failure.add_note(f"for {', '.join(map(str, case))}")
        return failure
    return None
