"""Looks at layers that were built, as they will be sent: `python -m tests.template.built_layers .aws-sam/build`.

A layer for the wrong processor, or without bytecode, deploys without a word and shows only when functions start.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_MACHINES = {62: "x86_64", 183: "aarch64"}  # e_machine of an ELF header
_MACHINE_OF_PROCESSOR = {"Arm64": "aarch64", "X8664": "x86_64"}  # the ends of the layers' names
_MAGIC_OF_PYTHON_3_13 = (3571).to_bytes(2, "little") + b"\r\n"
_UNCHECKED_HASH = (1).to_bytes(4, "little")
_BYTES_MAX = 40 * 1024 * 1024  # Lambda takes 250 MB with the function; 32 are in use, 4 of them compiled code
_FOLDERS = Path(__file__).parents[2] / "layers"
_COMMON = "CommonLayer"


class Layer(NamedTuple):
    folder: Path
    machine: str
    requirements: Path = _FOLDERS / "common" / "requirements.txt"

    @property
    def packages(self) -> Path:
        return self.folder / "python"

    @property
    def shared_objects(self) -> list[Path]:
        return sorted(self.packages.rglob("*.so*"))

    @property
    def modules(self) -> list[Path]:
        return sorted(self.packages.rglob("*.py"))

    @property
    def size_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())


def faults(layer: Layer) -> list[str]:
    """Return what is wrong with the layer; nothing if it is valid."""
    checks = (*_CHECKS, *_CHECKS_OF_COMMON) if layer.folder.name.startswith(_COMMON) else _CHECKS
    return [f"{layer.folder.name}: {fault}" for check in checks for fault in check(layer)]


def _wrong_machines(layer: Layer) -> Iterator[str]:
    for path in layer.shared_objects:
        header = path.read_bytes()[:20]
        found = _MACHINES.get(int.from_bytes(header[18:20], "little")) if header.startswith(b"\x7fELF") else None
        if found != layer.machine:
            yield f"{_place(layer, path)} is for {found or 'no machine that Lambda has'}, not for {layer.machine}."


def _missing_bytecode(layer: Layer) -> Iterator[str]:
    for path in layer.modules:
        compiled = path.parent / "__pycache__" / f"{path.stem}.cpython-313.pyc"
        header = compiled.read_bytes()[:8] if compiled.exists() else b""
        if header != _MAGIC_OF_PYTHON_3_13 + _UNCHECKED_HASH:
            yield f"{_place(layer, path)} has no bytecode of Python 3.13 that Lambda takes unchecked."


def _missing_package(layer: Layer) -> Iterator[str]:
    if not (layer.packages / "pixel" / "__init__.py").exists():
        yield "the package pixel is not in it."


def _other_packages(layer: Layer) -> Iterator[str]:
    pinned = re.findall(r"^([\w.-]+)==", layer.requirements.read_text(), re.MULTILINE)
    wanted = {_normalised(name) for name in pinned}
    found = {_normalised(path.name.split("-")[0]) for path in layer.packages.glob("*.dist-info")}
    if surplus := sorted(found - wanted):
        yield f"{', '.join(surplus)} is in it and not in {layer.requirements.name}."
    if missing := sorted(wanted - found):
        yield f"{', '.join(missing)} is in {layer.requirements.name} and not in it."


def _missing_authorities(layer: Layer) -> Iterator[str]:
    if not any((layer.folder / "authorities").glob("*.0")):
        yield "it trusts no authority, so no function can speak to AWS."
    if not (layer.folder / "aws-authorities.pem").is_file():
        yield "it has no bundle of authorities for boto3, which would read its own for each connection."


def _excess_size(layer: Layer) -> Iterator[str]:
    if layer.size_bytes > _BYTES_MAX:
        yield f"it has {layer.size_bytes:,} bytes, more than {_BYTES_MAX:,}."


_CHECKS = (_wrong_machines, _missing_bytecode, _other_packages, _excess_size)
_CHECKS_OF_COMMON = (_missing_package, _missing_authorities)


def _place(layer: Layer, path: Path) -> str:
    return str(path.relative_to(layer.packages))


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main(build_folder: str) -> int:
    folders = sorted(Path(build_folder).glob("*Layer*"))
    found = [] if folders else [f"{build_folder} holds no layer; run `make build`."]
    for folder in folders:
        name, _, processor = folder.name.partition("Layer")
        layer = Layer(folder, _MACHINE_OF_PROCESSOR[processor], _FOLDERS / name.lower() / "requirements.txt")
        found += faults(layer)
        sys.stdout.write(
            f"{folder.name}: {layer.machine}, {len(layer.modules)} modules, "
            f"{len(layer.shared_objects)} shared objects, {layer.size_bytes / 1024**2:.1f} MB\n"
        )
    sys.stderr.writelines(f"{fault}\n" for fault in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
