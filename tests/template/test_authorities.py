"""A TLS handshake finds each authority in the folder that the layer is built with."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import certifi
import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type as Encoding
from cryptography.x509.oid import NameOID

from authorities import certificates, write_authorities, write_bundle_for_aws
from tests.certificates import make_certificate

pytestmark = pytest.mark.skipif(which("openssl") is None, reason="the layer's build needs the openssl command")

_BUNDLE = Path(certifi.where()).read_text()


def _named(*texts: tuple[str, Encoding]) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, text, encoding) for text, encoding in texts])


_MADE_UP = [
    _named(("  Two   words ", Encoding.UTF8String)),
    _named(("ÄÖ Ü", Encoding.UTF8String), ("PLAIN", Encoding.PrintableString)),
    _named(("Größe 大", Encoding.BMPString)),
]
"""Names that OpenSSL brings into one form before it hashes them."""


def _of_amazon() -> list[str]:
    """Return Amazon's certificates, found by the comments of certifi's bundle."""
    return [pem for entry in _BUNDLE.split("# Issuer: CN=Amazon")[1:] for pem in certificates(entry)[:1]]


def _names_of_amazon() -> list[x509.Name]:
    return [x509.load_pem_x509_certificate(pem.encode()).subject for pem in _of_amazon()]


@pytest.mark.parametrize("subject", [*_MADE_UP, *_names_of_amazon()], ids=repr)
def test_a_handshake_finds_an_authority_by_its_name(subject: x509.Name, tmp_path: Path) -> None:
    """The authority of the test has the same name and a key of its own, because only its own key can be shown."""
    own = make_certificate(tmp_path, "localhost", subject=subject)
    write_authorities(own.read_text(), tmp_path / "authorities")

    client = ssl.create_default_context(capath=tmp_path / "authorities")

    assert client.cert_store_stats()["x509_ca"] == 0  # none is read before it is needed
    _shake_hands(client, own)
    with pytest.raises(ssl.SSLCertVerificationError):
        _shake_hands(ssl.create_default_context(capath=tmp_path), own)


def test_two_authorities_of_one_name_are_both_found(tmp_path: Path) -> None:
    made = [make_certificate(tmp_path / name, "localhost", subject=_MADE_UP[0]) for name in ("a", "b")]
    write_authorities("".join(one.read_text() for one in made), tmp_path / "authorities")

    for one in made:
        _shake_hands(ssl.create_default_context(capath=tmp_path / "authorities"), one)


def test_the_bundle_for_aws_holds_amazon_s_authorities_and_few_others(tmp_path: Path) -> None:
    write_bundle_for_aws(_BUNDLE, tmp_path / "aws.pem")

    written = certificates((tmp_path / "aws.pem").read_text())
    assert set(_of_amazon()) <= set(written)
    assert len(_of_amazon()) == 4
    assert len(written) < 12


def test_a_bundle_without_certificates_builds_no_layer(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no certificates"):
        write_authorities("nothing", tmp_path / "authorities")
    with pytest.raises(ValueError, match="no certificate of an authority that AWS uses"):
        write_bundle_for_aws("nothing", tmp_path / "aws.pem")


def _shake_hands(client: ssl.SSLContext, own: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(own)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname="localhost"),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(3):
        ends = list(_unfinished(ends))
    assert ends == []


def _unfinished(ends: list[ssl.SSLObject]) -> Iterator[ssl.SSLObject]:
    for end in ends:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            yield end
