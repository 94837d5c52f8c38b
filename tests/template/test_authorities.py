"""OpenSSL finds a certificate in the folder that the layer brings exactly where it finds it in a bundle."""

import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.name import _ASN1Type as Encoding
from cryptography.x509.oid import NameOID

from authorities import _PEM, _values, hash_of_subject, write_authorities
from tests.unit.foundation.certificates import make_certificate

_BUNDLE = Path(certifi.where()).read_text()


def _named(*texts: tuple[str, Encoding]) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, text, encoding) for text, encoding in texts])


_MADE_UP = [
    _named(("  Two   words ", Encoding.UTF8String)),
    _named(("ÄÖ Ü", Encoding.UTF8String), ("PLAIN", Encoding.PrintableString)),
    _named(("Größe 大", Encoding.BMPString)),
    _named(("Größe", Encoding.T61String)),
    _named(("tab\there", Encoding.IA5String)),
    x509.Name(
        [
            x509.RelativeDistinguishedName(
                [
                    x509.NameAttribute(NameOID.COMMON_NAME, "Two At Once"),
                    x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
                ]
            ),
        ]
    ),
    x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x" * 64)] * 5),
]


def _trusted() -> list[x509.Name]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)  # of one whose serial number is 0
        return sorted({one.subject for one in x509.load_pem_x509_certificates(_BUNDLE.encode())}, key=repr)


@pytest.mark.parametrize("subject", [*_MADE_UP, *_trusted()], ids=repr)
def test_openssl_finds_an_authority_by_our_name(subject: x509.Name, tmp_path: Path) -> None:
    """One of the same name, because only who has its key could be met."""
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


def test_every_authority_of_the_bundle_has_a_file(tmp_path: Path) -> None:
    write_authorities(_BUNDLE, tmp_path / "authorities")

    written = [file.read_text() for file in (tmp_path / "authorities").iterdir()]
    assert sorted(written) == sorted(_PEM.findall(_BUNDLE))
    assert len(written) == _BUNDLE.count("END CERTIFICATE")


def test_a_bundle_without_certificates_builds_no_layer(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no certificates"):
        write_authorities("nothing", tmp_path / "authorities")


def test_a_certificate_of_version_1_does_not_say_so(tmp_path: Path) -> None:
    new = ssl.PEM_cert_to_DER_cert(_PEM.findall(make_certificate(tmp_path, "localhost").read_text())[0])
    [whole] = _values(new)
    body, *signature = whole.parts()
    old_body = body._replace(content=b"".join(part.encoded() for part in body.parts()[1:]))
    old = whole._replace(content=b"".join(part.encoded() for part in (old_body, *signature))).encoded()

    assert x509.load_der_x509_certificate(old).version is x509.Version.v1
    assert hash_of_subject(old) == hash_of_subject(new)


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
