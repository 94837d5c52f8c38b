"""Certificates of authorities as OpenSSL reads them one by one: a file each, named after a hash of its subject.

`python authorities.py BUNDLE FOLDER`, once, when the layer is built: a start that reads a whole bundle spends as much
on that as on all the rest (docs/decisions/0029). OpenSSL has a command for this; not every machine has the command.
"""

import re
import ssl
import sys
from collections import Counter
from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path
from typing import NamedTuple

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", re.DOTALL)
_VERSION, _SEQUENCE, _SET, _UTF8 = 0xA0, 0x30, 0x31, 0x0C
_ENCODINGS = {
    _UTF8: "utf-8",
    0x13: "latin-1",  # PrintableString
    0x14: "latin-1",  # T61String, as OpenSSL takes it
    0x16: "latin-1",  # IA5String
    0x1A: "latin-1",  # VisibleString
    0x1C: "utf-32-be",  # UniversalString
    0x1E: "utf-16-be",  # BMPString
}
_SPACES = re.compile(rb"[ \t\n\v\f\r]+")


class Value(NamedTuple):
    """Of DER."""

    tag: int
    content: bytes

    def parts(self) -> "list[Value]":
        return list(_values(self.content))

    def encoded(self) -> bytes:
        size = len(self.content)
        if size < 0x80:
            return bytes((self.tag, size)) + self.content
        of_size = size.to_bytes((size.bit_length() + 7) // 8)
        return bytes((self.tag, 0x80 | len(of_size))) + of_size + self.content


def write_authorities(bundle: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    used: Counter[str] = Counter()
    for pem in _PEM.findall(bundle):
        name = hash_of_subject(ssl.PEM_cert_to_DER_cert(pem))
        (folder / f"{name}.{used[name]}").write_text(pem)
        used[name] += 1
    if not used:
        raise ValueError("the bundle holds no certificates")


def hash_of_subject(certificate: bytes) -> str:
    """As OpenSSL's X509_NAME_hash: of the subject in a form in which equal names are equal bytes."""
    [whole] = _values(certificate)
    fields = [value for value in whole.parts()[0].parts() if value.tag != _VERSION]
    subject = fields[4]  # behind serial number, algorithm, issuer and validity
    canonical = b"".join(_canonical_set(part).encoded() for part in subject.parts())
    digest = sha1(canonical, usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:4], 'little'):08x}"


def _canonical_set(given: Value) -> Value:
    attributes = []
    for attribute in given.parts():
        kind, value = attribute.parts()
        attributes.append(Value(_SEQUENCE, kind.encoded() + _canonical_text(value).encoded()).encoded())
    return Value(_SET, b"".join(sorted(attributes)))


def _canonical_text(value: Value) -> Value:
    """In UTF-8 and lower case, as far as ASCII goes, with single spaces. What is no text stays."""
    if value.tag not in _ENCODINGS:
        return value
    text = value.content.decode(_ENCODINGS[value.tag]).encode()
    return Value(_UTF8, _SPACES.sub(b" ", text).strip(b" ").lower())


def _values(encoded: bytes) -> Iterator[Value]:
    place = 0
    while place < len(encoded):
        tag, size = encoded[place], encoded[place + 1]
        place += 2
        if size & 0x80:
            length = size & 0x7F
            size = int.from_bytes(encoded[place : place + length])
            place += length
        yield Value(tag, encoded[place : place + size])
        place += size


if __name__ == "__main__":
    write_authorities(Path(sys.argv[1]).read_text(encoding="ascii", errors="replace"), Path(sys.argv[2]))
