"""Write the certificates of a bundle into the folder layout of OpenSSL: one file each, named after its subject's hash.

The build of the layer runs `python authorities.py BUNDLE FOLDER AWS_BUNDLE`. Reading a whole bundle would double the
time of a cold start; from the folder, OpenSSL reads one certificate (docs/decisions/0031). AWS_BUNDLE gets the
certificates that AWS's services use, for boto3, which does not support a folder.
"""

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", re.DOTALL)
_OF_AWS = re.compile(r'^# Label: "(?:Amazon|Starfield|DigiCert Global) .+?(?=^# Issuer|\Z)', re.DOTALL | re.MULTILINE)
"""The entries of certifi's bundle that AWS uses. Starfield cross-signs Amazon's; AWS in China uses DigiCert's."""


def write_authorities(bundle: str, folder: Path) -> None:
    """Write each certificate of a bundle into a new folder."""
    openssl = _openssl()
    folder.mkdir(parents=True)
    used: Counter[str] = Counter()
    for pem in certificates(bundle):
        name = _hash_of_subject(pem, openssl)
        (folder / f"{name}.{used[name]}").write_text(pem)
        used[name] += 1
    if not used:
        raise ValueError("the bundle contains no certificates")


def write_bundle_for_aws(bundle: str, file: Path) -> None:
    """Write the certificates that AWS's services use into one file."""
    found = [pem for entry in _OF_AWS.findall(bundle) for pem in certificates(entry)]
    if not found:
        raise ValueError("the bundle contains no certificate of an authority that AWS uses")
    file.write_text("".join(found))


def certificates(bundle: str) -> list[str]:
    """Return the certificates of a bundle in PEM, without the comments between them."""
    return _PEM.findall(bundle)


def _openssl() -> str:
    found = shutil.which("openssl")
    if found is None:
        sys.exit("Building the layer requires the openssl command; install OpenSSL.")
    return found


def _hash_of_subject(pem: str, openssl: str) -> str:
    asked = [openssl, "x509", "-noout", "-subject_hash"]
    hashed = subprocess.run(asked, input=pem, capture_output=True, text=True, check=True)  # noqa: S603 - a fixed command
    return hashed.stdout.strip()


def main(bundle_file: str, folder: str, aws_bundle: str) -> None:
    """Write the folder, and the bundle for boto3."""
    bundle = Path(bundle_file).read_text(encoding="utf-8")
    write_authorities(bundle, Path(folder))
    write_bundle_for_aws(bundle, Path(aws_bundle))


if __name__ == "__main__":
    main(*sys.argv[1:])
