"""Write the certificates of a bundle into the folder layout of OpenSSL: one file each, named after its subject's hash.

The build of the layer runs `python authorities.py BUNDLE FOLDER AWS_BUNDLE`. Reading a whole bundle would double the
time of a cold start; from the folder, OpenSSL reads one certificate (docs/decisions/0031). AWS_BUNDLE gets the
certificates that AWS's services use, for boto3, which does not support a folder.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", re.DOTALL)
_OF_AWS = re.compile(r'^# Label: "(?:Amazon|Starfield|DigiCert Global) .+?(?=^# Issuer|\Z)', re.DOTALL | re.MULTILINE)
"""The entries of certifi's bundle that AWS uses. Starfield cross-signs Amazon's; AWS in China uses DigiCert's."""


def write_authorities(bundle: str, folder: Path) -> None:
    """Write each certificate of a bundle into a new folder."""
    openssl, found = _openssl(), certificates(bundle)
    if not found:
        raise ValueError("the bundle contains no certificates")
    folder.mkdir(parents=True)
    for number, pem in enumerate(found):
        (folder / f"{number}.pem").write_text(pem)
    _link_by_hash(folder, openssl)
    for link in [path for path in folder.iterdir() if path.is_symlink()]:
        pem = link.read_text()
        link.unlink()  # archives may lose links
        link.write_text(pem)
    for file in folder.glob("*.pem"):
        file.unlink()


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


def _link_by_hash(folder: Path, openssl: str) -> None:
    """Let OpenSSL link each file under the hash of its subject; LibreSSL, which macOS has, calls this `certhash`."""
    for command in ("rehash", "certhash"):
        linked = subprocess.run([openssl, command, folder], capture_output=True, check=False)  # noqa: S603 - fixed commands
        if linked.returncode == 0:
            return
    sys.exit("Building the layer requires `openssl rehash` or `openssl certhash`; install OpenSSL 1.1 or newer.")


def main(bundle_file: str, folder: str, aws_bundle: str) -> None:
    """Write the folder, and the bundle for boto3."""
    bundle = Path(bundle_file).read_text(encoding="utf-8")
    write_authorities(bundle, Path(folder))
    write_bundle_for_aws(bundle, Path(aws_bundle))


if __name__ == "__main__":
    main(*sys.argv[1:])
