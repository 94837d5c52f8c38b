"""A container forgets what it keeps when it is told to, and every module declares what it keeps."""

import re

from pixel.foundation import container
from pixel.foundation.settings import settings
from tests.contracts.source_files import LAYER


def test_the_environment_is_read_again_and_what_requests_left_stays() -> None:
    left: dict[str, int] = container.kept({})
    left["one"] = 1
    before = settings()

    container.forget_environment()

    assert settings() is not before
    assert left == {"one": 1}


def test_everything_is_forgotten() -> None:
    left: dict[str, int] = container.kept({})
    left["one"] = 1
    before = settings()

    container.forget_all()

    assert settings() is not before
    assert left == {}


def test_a_module_declares_the_collections_that_requests_fill() -> None:
    empty = re.compile(r"^\w+(: .+)? = (\{\}|\[\]|set\(\)|dict\(\)|list\(\))$", re.MULTILINE)
    undeclared = {path.relative_to(LAYER).as_posix(): empty.findall(path.read_text()) for path in LAYER.rglob("*.py")}
    del undeclared["foundation/container.py"]  # the registry

    assert {path for path, found in undeclared.items() if found} == set()
