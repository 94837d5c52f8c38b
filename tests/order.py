"""Which tests run in one process after each other, and which begin first.

Tests of the embedded stack share it, one after the other, which takes longer than all that other processes do. So only
those stay there that need it. Those that start their own stack, or need that with faulty functions, do so one after the
other, or a start takes longer than is promised, and do not use the shared one, which their process would start too.
Tests in Chromium have a stack of their own, which no other test takes out of service before they are done; tests that
read numbers follow on it, and those of written commands, which take long and need nothing but a stack. Tests that
share a stand-in of Tinybird stay together, or each process would start one. All others stay with their file. What
takes longest begins first, and waits more than it works: the other tests fill its pauses.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests import thorough

_OWN_STACKS = ("tests/stack/test_chaos.py", "tests/stack/test_redirects_chaos.py", "tests/stack/test_restart.py")
_FAULTY_STACK = ("tests/stack/test_authorizer_cache.py", "tests/stack/test_usage_plans.py")
_FAULTY_STACK_ENDS = "tests/stack/test_failing_parts.py"
_AFTER_CHROMIUM = ("tests/stack/test_reading.py", "tests/stack/test_written_commands.py")
_ASK_STAND_IN = ("tests/unit/mail/test_numbers.py", "tests/unit/health/test_checks.py")
_TOGETHER = ("tests/browser/", "tests/pipes/", "tests/local/tinybird/", "tests/routes/")
_FIRST = (
    "shared stack",
    "tests/browser/",
    "own stacks",
    "tests/pipes/",
    "tests/local/tinybird/",
    "tests/routes/",
    "tests/template/test_layer_build.py",
)
# Functions rest for half a minute after an outage: it begins with the first file, the last one looks at what arrived.
_OUTAGE_BEGINS, _OUTAGE_ENDS = "tests/stack/test_spill.py", "tests/stack/test_outage.py"
_PLACES_IN_GROUP = {
    _OUTAGE_BEGINS: -1,
    _OUTAGE_ENDS: 1,
    **dict.fromkeys(_AFTER_CHROMIUM, 1),
    **dict.fromkeys(_FAULTY_STACK, 1),
    _FAULTY_STACK_ENDS: 2,
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sorting keeps the order of equals: tests of one file stay as they are written."""
    kept, dropped = thorough.sorted_out(items)
    config.hook.pytest_deselected(items=dropped)
    items[:] = sorted(kept, key=lambda item: (_place(_group(item.nodeid)), _place_in_group(item.nodeid)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = _group
    return scheduler


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _group(nodeid: str) -> str:
    file = _file(nodeid)
    if file in _AFTER_CHROMIUM:
        return "tests/browser/"
    if file in _ASK_STAND_IN:
        return "tests/routes/"
    if file.startswith("tests/stack/"):
        return "own stacks" if file in (*_OWN_STACKS, *_FAULTY_STACK, _FAULTY_STACK_ENDS) else "shared stack"
    return next((folder for folder in _TOGETHER if file.startswith(folder)), file)


def _place(group: str) -> int:
    return next((place for place, first in enumerate(_FIRST) if group.startswith(first)), len(_FIRST))


def _place_in_group(nodeid: str) -> int:
    return _PLACES_IN_GROUP.get(_file(nodeid), 0)
