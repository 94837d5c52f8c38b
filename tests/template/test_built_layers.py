"""The look at built layers finds what is wrong with one."""

import py_compile
from pathlib import Path

import pytest

from tests.template import built_layers
from tests.template.built_layers import Layer, faults

_AARCH64 = b"\x7fELF\x02\x01\x01" + bytes(11) + (183).to_bytes(2, "little")
_X86_64 = b"\x7fELF\x02\x01\x01" + bytes(11) + (62).to_bytes(2, "little")
_NO_MACHINE = "no machine that Lambda has"


@pytest.fixture
def layer(tmp_path: Path) -> Layer:
    """Create a valid layer, with one package that has a shared object."""
    layer = Layer(tmp_path / "CommonLayerArm64", "aarch64", tmp_path / "requirements.txt")
    layer.requirements.write_text("some_Package==1.0 \\\n    --hash=sha256:0\nnothing-else==2.0\n")
    for name in ("pixel/__init__.py", "pixel/auth/keys.py"):
        _write_compiled(layer.packages / name, py_compile.PycInvalidationMode.UNCHECKED_HASH)
    for name in ("some_package-1.0.dist-info", "nothing_else-2.0.dist-info"):
        (layer.packages / name).mkdir()
    (layer.packages / "fast.cpython-313-aarch64-linux-gnu.so").write_bytes(_AARCH64)
    (layer.folder / "authorities").mkdir()
    (layer.folder / "authorities" / "01234567.0").touch()
    (layer.folder / "aws-authorities.pem").touch()
    return layer


def test_a_good_layer_has_no_fault(layer: Layer) -> None:
    assert faults(layer) == []


@pytest.mark.parametrize(("content", "found"), [(_X86_64, "x86_64"), (b"MZ", _NO_MACHINE), (b"", _NO_MACHINE)])
@pytest.mark.parametrize("name", ["slow.so", "libslow.so.1"])
def test_a_shared_object_for_another_machine_is_found(layer: Layer, content: bytes, found: str, name: str) -> None:
    (layer.packages / name).write_bytes(content)

    assert faults(layer) == [f"CommonLayerArm64: {name} is for {found}, not for aarch64."]


@pytest.mark.parametrize(
    "mode", [None, py_compile.PycInvalidationMode.TIMESTAMP, py_compile.PycInvalidationMode.CHECKED_HASH]
)
def test_a_module_without_unchecked_bytecode_is_found(
    layer: Layer, mode: py_compile.PycInvalidationMode | None
) -> None:
    _write_compiled(layer.packages / "pixel" / "late.py", mode)

    assert faults(layer) == [
        "CommonLayerArm64: pixel/late.py has no bytecode of Python 3.13 that Lambda takes unchecked."
    ]


def test_bytecode_of_another_python_is_found(layer: Layer) -> None:
    compiled = layer.packages / "pixel" / "auth" / "__pycache__" / "keys.cpython-313.pyc"
    compiled.write_bytes((3627).to_bytes(2, "little") + compiled.read_bytes()[2:])

    assert len(faults(layer)) == 1


def test_a_layer_without_the_package_is_found(layer: Layer) -> None:
    (layer.packages / "pixel" / "__init__.py").unlink()

    assert faults(layer) == ["CommonLayerArm64: the package pixel is not in it."]


def test_a_layer_that_trusts_nobody_is_found(layer: Layer) -> None:
    (layer.folder / "authorities" / "01234567.0").unlink()

    assert faults(layer) == ["CommonLayerArm64: it trusts no authority, so no function can speak to AWS."]


def test_a_layer_without_a_bundle_for_boto3_is_found(layer: Layer) -> None:
    (layer.folder / "aws-authorities.pem").unlink()

    (fault,) = faults(layer)

    assert "no bundle of authorities for boto3" in fault


def test_a_package_that_nobody_asked_for_is_found(layer: Layer) -> None:
    (layer.packages / "boto3-1.0.dist-info").mkdir()

    assert faults(layer) == ["CommonLayerArm64: boto3 is in it and not in requirements.txt."]


def test_a_package_that_is_missing_is_found(layer: Layer) -> None:
    (layer.packages / "nothing_else-2.0.dist-info").rmdir()

    assert faults(layer) == ["CommonLayerArm64: nothing-else is in requirements.txt and not in it."]


def test_a_layer_that_is_too_large_is_found(layer: Layer) -> None:
    with (layer.packages / "data").open("wb") as data:
        data.truncate(40 * 1024 * 1024)

    (fault,) = faults(layer)

    assert "more than 41,943,040" in fault


def test_the_command_prints_a_line_for_each_layer_and_fails_on_a_fault(
    layer: Layer, capsys: pytest.CaptureFixture[str]
) -> None:
    status = built_layers.main(str(layer.folder.parent))

    out, err = capsys.readouterr()
    assert out == "CommonLayerArm64: aarch64, 2 modules, 1 shared objects, 0.0 MB\n"
    assert "nothing-else is in it" not in out
    assert "CommonLayerArm64: nothing-else, some-package is in it and not in requirements.txt." in err
    assert status == 1


def test_the_command_fails_where_nothing_was_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert built_layers.main(str(tmp_path)) == 1
    assert "holds no layer" in capsys.readouterr().err


def _write_compiled(path: Path, mode: py_compile.PycInvalidationMode | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("value = 1\n")
    if mode is not None:
        py_compile.compile(str(path), doraise=True, invalidation_mode=mode)
