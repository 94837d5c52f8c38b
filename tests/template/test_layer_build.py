"""The layer's own make targets build what Lambda needs, for either processor, whatever processor they run on."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.contracts.source_files import FUNCTIONS
from tests.environment import set_environment
from tests.template.built_layers import Layer, faults
from tests.template.document import ROOT

_MACHINES = {"CommonLayerArm64": "aarch64", "CommonLayerX8664": "x86_64"}
_AWS_SDK = {"boto3", "botocore"}
_NOT_IMPORTED = {
    "authorizer": {"pydantic", "pydantic_core", "pixel.events", "pixel.ingest", "pixel.reports", "boto3"},
    "me": {"pydantic", "pydantic_core", "pixel.events", "pixel.ingest", "boto3"},
    "openapi": {"pydantic", "pydantic_core", "pixel.aws", "pixel.events", *_AWS_SDK},
    "health": {"pydantic", "pydantic_core", "pixel.events", "pixel.ingest", "boto3"},
    "workspace": {"pixel.events", "pixel.ingest", "pixel.reports", "boto3"},
    "reports": {"pydantic", "pydantic_core", "pixel.events", "pixel.ingest", "boto3"},
    "events": {"pixel.ingest.sources", "pixel.ingest.files", "pixel.reports", "jinja2", "boto3"},
    "sources": {"pixel.reports", "jinja2"},
}
"""What the functions of a noun must do without: each import costs every cold start."""
_SHIPPED = "requirements.txt"
_WITH_COMPILED = "with-compiled.txt"
"""Nothing that is shipped at present is compiled, so a package that is stands in for what may come."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Layer]:
    source = tmp_path_factory.mktemp("layer") / "common"
    shutil.copytree(ROOT / "layers" / "common", source, ignore=shutil.ignore_patterns("__pycache__"))
    shipped = (source / _SHIPPED).read_text()
    (source / _WITH_COMPILED).write_text(f"{shipped}\n{_dev_entry('pydantic-core')}")
    wanted = [(name, requirements) for requirements in (_SHIPPED, _WITH_COMPILED) for name in _MACHINES]
    with ThreadPoolExecutor(max_workers=2) as pool:
        layers = pool.map(lambda one: _build(source, *one), wanted)
    return dict(zip(wanted, layers, strict=True))


@pytest.mark.parametrize("requirements", [_SHIPPED, _WITH_COMPILED])
@pytest.mark.parametrize("name", _MACHINES)
def test_a_built_layer_is_complete_compiled_and_for_its_processor(
    built: dict[tuple[str, str], Layer], name: str, requirements: str
) -> None:
    assert faults(built[name, requirements]) == []


@pytest.mark.parametrize("name", _MACHINES)
def test_compiled_packages_are_those_of_the_layer_s_processor(built: dict[tuple[str, str], Layer], name: str) -> None:
    layer = built[name, _WITH_COMPILED]
    (other,) = set(_MACHINES.values()) - {layer.machine}

    (fault,) = faults(layer._replace(machine=other))

    assert len(layer.shared_objects) == 1
    assert fault.endswith(f"is for {layer.machine}, not for {other}.")


def test_the_package_in_the_layer_is_the_one_of_this_folder(built: dict[tuple[str, str], Layer]) -> None:
    shipped = built["CommonLayerArm64", _SHIPPED].packages / "pixel"

    source = built["CommonLayerArm64", _SHIPPED].requirements.parent / "pixel"
    assert dict(_texts(shipped)) == dict(_texts(source))


@pytest.mark.parametrize("folder", FUNCTIONS, ids=lambda folder: folder.name)
def test_a_function_starts_on_the_layer_and_python_alone(built: dict[tuple[str, str], Layer], folder: Path) -> None:
    """No site-packages: what the function needs and the layer lacks would not be found. Nothing that it does not need:
    each import costs every cold start."""
    layer = built["CommonLayerX8664", _SHIPPED]
    environment: dict[str, str] = {}
    set_environment(environment)
    script = (
        f"import sys; sys.path += {[str(folder), str(layer.packages)]}\n"
        "import handler, pixel\n"
        "assert callable(handler.handler)\n"
        "loaded = [(name, getattr(module, '__file__', None) or '') for name, module in sys.modules.items()]\n"
        "print(*(f'{name}={file}' for name, file in loaded), sep='\\n')"
    )

    started = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-W", "error", "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert started.stderr == ""
    loaded = dict(line.split("=") for line in started.stdout.splitlines())
    assert loaded["handler"] == str(folder / "handler.py")
    assert not _NOT_IMPORTED[_noun(folder)] & loaded.keys()


def _noun(folder: Path) -> str:
    return folder.relative_to(ROOT / "functions").parts[0]


def _build(source: Path, name: str, requirements: str) -> Layer:
    folder = source.parent / requirements / name
    subprocess.run(
        [
            "make",
            f"build-{name}",
            f"--directory={source}",
            f"ARTIFACTS_DIR={folder}",
            f"PYTHON={sys.executable}",
            f"REQUIREMENTS={requirements}",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return Layer(folder, _MACHINES[name], source / requirements)


def _dev_entry(name: str) -> str:
    """A requirement with its hashes, as requirements/dev.txt has it."""
    found = re.search(
        rf"^{name}==.+\n(?:    --hash=.+\n)+", (ROOT / "requirements" / "dev.txt").read_text(), re.MULTILINE
    )
    assert found
    return found.group().rstrip("\\\n")


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            yield str(path.relative_to(folder)), path.read_text()
