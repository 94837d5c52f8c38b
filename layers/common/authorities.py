"""Lay the certificates of a bundle out as OpenSSL looks them up: a file each, named after a hash of its subject.

`python authorities.py BUNDLE FOLDER AWS_BUNDLE`, once, when the layer is built. A start that reads a whole bundle
spends as much on that as on all the rest; from the folder it reads one certificate (docs/decisions/0031). AWS_BUNDLE
gets those that AWS's own services use, for boto3, which takes no folder.
"""

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", re.DOTALL)
_OF_AWS = re.compile(r'^# Label: "(?:Amazon|Starfield|DigiCert Global) .+?(?=^# Issuer|\Z)', re.DOTALL | re.MULTILINE)
"""Entries of certifi's bundle. Amazon's authorities are also vouched for by Starfield; DigiCert serves AWS in China."""


def write_authorities(bundle: str, folder: Path) -> None:
    """Write each certificate of a bundle into the folder, which is new."""
    openssl = _openssl()
    folder.mkdir(parents=True)
    used: Counter[str] = Counter()
    for pem in certificates(bundle):
        name = _hash_of_subject(pem, openssl)
        (folder / f"{name}.{used[name]}").write_text(pem)
        used[name] += 1
    if not used:
        raise ValueError("the bundle holds no certificates")


def write_bundle_for_aws(bundle: str, file: Path) -> None:
    """Write those certificates that AWS's services use into one file."""
    found = [pem for entry in _OF_AWS.findall(bundle) for pem in certificates(entry)]
    if not found:
        raise ValueError("the bundle holds no certificate of Amazon's")
    file.write_text("".join(found))


def certificates(bundle: str) -> list[str]:
    """Return the certificates of a bundle, each in PEM, without what stands between them."""
    return _PEM.findall(bundle)


def _openssl() -> str:
    found = shutil.which("openssl")
    if found is None:
        sys.exit("The layer cannot be built without the command openssl, which names certificates; install OpenSSL.")
    return found


def _hash_of_subject(pem: str, openssl: str) -> str:
    asked = [openssl, "x509", "-noout", "-subject_hash"]
    hashed = subprocess.run(asked, input=pem, capture_output=True, text=True, check=True)  # noqa: S603 - a fixed command
    return hashed.stdout.strip()


def main(bundle_file: str, folder: str, aws_bundle: str) -> None:
    """Write the folder and the bundle for boto3."""
    bundle = Path(bundle_file).read_text(encoding="utf-8")
    write_authorities(bundle, Path(folder))
    write_bundle_for_aws(bundle, Path(aws_bundle))


if __name__ == "__main__":
    main(*sys.argv[1:])
