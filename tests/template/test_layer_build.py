"""The layer's own make targets build what Lambda needs, for either processor, whatever processor they run on.

`make thorough` builds the layers of both processors.
"""

import json
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import certifi
import pytest

from authorities import certificates
from tests.contracts.for_each import for_each
from tests.contracts.source_files import AUTOMATION, FUNCTIONS, REDIRECTS, loaded_by
from tests.environment import set_environment
from tests.template import document
from tests.template.built_layers import Layer, faults
from tests.template.document import ROOT

pytestmark = pytest.mark.thorough  # six layers take half a minute; `make build` looks at them too

_MACHINES = {
    "CommonLayerArm64": "aarch64",
    "CommonLayerX8664": "x86_64",
    "DestinationsLayerArm64": "aarch64",
    "DestinationsLayerX8664": "x86_64",
    "MailLayerArm64": "aarch64",
    "MailLayerX8664": "x86_64",
}
_AWS_SDK = {"boto3", "botocore.auth", "botocore.session"}  # Powertools imports botocore's outermost module everywhere
_MODELS = {"pydantic", "pydantic_core", "cssselect", "email_validator"}
_OTHER_KINDS = {f"pixel.workspaces.{kind}_kind" for kind in ("alert", "destination", "goal", "report", "share_link")}
_OF_ALERTS = {f"pixel.workspaces.{module}" for module in ("shown", "deliveries", "due", "judged", "recipient_states")}
_DESTINATIONS = {"ada_url", "confusable_homoglyphs"}
_OF_KEYS = {"pixel.auth.keys", "pixel.workspaces.key_grants", "pixel.workspaces.key_responses"}
_NOT_IMPORTED = {
    "authorizer": {*_MODELS, "pixel.events", "pixel.ingest", "pixel.reports", "boto3"},
    "me/*": {*_MODELS, "pixel.events", "pixel.ingest", "boto3"},
    "openapi/*": {*_MODELS, "pixel.aws", "pixel.events", *_AWS_SDK},
    "health/*": {*_MODELS, "pixel.events", "pixel.ingest", "boto3"},
    "dashboard/*": {"pixel.ingest", "jinja2", "boto3"},
    "dashboard/share_page": {*_MODELS, "pixel.aws", "pixel.events", *_AWS_SDK},
    "dashboard/get_asset": {*_MODELS, "pixel.aws", "pixel.events", *_AWS_SDK},
    "dashboard/[de]*_page": {*_MODELS, "pixel.events", "pixel.reports"},
    "dashboard/open_share": {*_MODELS, "pixel.events", "pixel.reports"},
    "dashboard/get_share_data": {*_MODELS, "pixel.events.models"},
    "mail/*": {"pixel.events", "pixel.ingest", "pixel.reports", "jinja2", "boto3"},
    "automation/deliver_mail": {*_MODELS, "pixel.events", "pixel.ingest", "pixel.reports", "jinja2"},
    "automation/mail_events": {*_MODELS, "pixel.events", "pixel.ingest", "pixel.reports", "jinja2", "boto3"},
    "pixel/*": {"pixel.reports", "pixel.ingest.sources", "pixel.ingest.files", "boto3", "jinja2"},
    "pixel/collect": {"pixel.tinybird.client", "pixel.ingest.receipts", "pixel.ingest.delivery"},
    "pixel/get_pixel_script": {*_MODELS, "pixel.events.models", "pixel.ingest"},
    "workspace/*": {"pixel.ingest.event", "pixel.ingest.pipeline", "pixel.reports", "boto3"},
    # Share links and alerts have filters, which are normalized as events are.
    **{f"workspace/*_{noun}*": {"pixel.events"} for noun in ("goal", "report", "website")},
    "workspace/get_*": {*_MODELS, *_OF_KEYS, "pixel.events"},
    "workspace/list_*": {*_MODELS, *_OF_KEYS, "pixel.events", "pixel.http.public_route", "difflib"},
    "workspace/list_[gw]*": {
        *_OF_ALERTS,
        "pixel.workspaces.kinds",
        "pixel.workspaces.vocabulary",
        *(_OTHER_KINDS - {"pixel.workspaces.goal_kind"}),
    },
    "workspace/list_websites": {"pixel.workspaces.goal_kind"},
    **{f"workspace/list_{noun}": {"pixel.workspaces.deliveries"} for noun in ("alerts", "reports")},
    "keys/*": {"pixel.events", "pixel.ingest", "pixel.reports", "boto3"},
    "keys/get_*": _MODELS,
    "keys/list_*": _MODELS,
    "reports/*": {
        *_MODELS,
        *_OF_KEYS,
        "difflib",
        "pixel.events.models",
        "pixel.ingest",
        "pixel.faces.infinity",
        "boto3",
    },
    "reports/mint_metrics_token": {"pixel.events", "pixel.workspaces.store", *_OTHER_KINDS},
    "events/*": {"pixel.ingest.sources", "pixel.ingest.files", "pixel.faces.infinity", "jinja2", "boto3"},
    "events/get_*": {*_MODELS, "pixel.events.models", "pixel.ingest.pipeline"},
    "events/i*": {"pixel.ingest.receipts", "pixel.reports", "pixel.workspaces.store", *_OTHER_KINDS},
    "infinity/*": {"pixel.ingest.sources", "pixel.ingest.files", "pixel.ingest.receipts", "jinja2", "boto3"},
    "infinity/infinity_analytics": {*_MODELS, "pixel.events.models", "pixel.ingest"},
    "infinity/infinity_[ep]*": {"pixel.reports"},
    "pxl/*": {"pixel.ingest", "pixel.events.models", "jinja2", "boto3"},
    "pxl/get_*": {*_MODELS, *_DESTINATIONS},
    "pxl/list_*": {*_MODELS, *_DESTINATIONS},
    "sources/*": {"pixel.reports", "jinja2"},
    "links/record_clicks": {*_MODELS, "pixel.events", "pixel.reports", "boto3"},
    "automation/compose_message": {"pixel.ingest", "boto3"},
    "automation/evaluate_alerts": {"pixel.ingest", "pixel.mail", "jinja2", "boto3"},
    "automation/catch_up": {*_MODELS, "pixel.events", "pixel.ingest", "pixel.mail", "jinja2", "boto3"},
    "automation/tick": {*_MODELS, "pixel.events", "pixel.ingest", "pixel.mail", "jinja2", "boto3"},
    "automation/deliver_hook": {"pixel.events", "pixel.ingest", "pixel.mail", "jinja2", "boto3"},
    "smart_links/*": {"pixel.ingest", "pixel.events.models", "boto3", "jinja2"},
    "redirects/*": {
        *(*_MODELS, *_DESTINATIONS, "boto3", "jinja2"),
        *(
            "pixel.events.models",
            "pixel.ingest",
            "pixel.reports",
            "pixel.tinybird",
            "pixel.workspaces",
            "pixel.links.models",
        ),
    },
}
"""What functions must do without, by the folders that these patterns match: each import costs every cold start."""
_OPENAPI = "http/openapi.yaml"
_FUNCTIONS = [*FUNCTIONS, *REDIRECTS, *AUTOMATION]
_STARTS = Path(__file__).parent / "function_starts.py"


class _Layers(dict[str, Layer]):
    """Layers by name, each built when it is first asked for."""

    def __init__(self, source: Path) -> None:
        super().__init__()
        self._source = source

    def __missing__(self, name: str) -> Layer:
        self[name] = _build(self._source, name)
        return self[name]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Layer]:
    """Build layers as sam does, in a copy of their folder in which links have become files."""
    if shutil.which("openssl") is None:
        pytest.skip("the layer's build needs the openssl command")
    source = tmp_path_factory.mktemp("build") / "layers"
    shutil.copytree(ROOT / "layers", source, ignore=shutil.ignore_patterns("__pycache__"))
    return _Layers(source)


@pytest.mark.parametrize("name", _MACHINES)
def test_a_built_layer_is_complete_compiled_and_for_its_processor(built: dict[str, Layer], name: str) -> None:
    assert faults(built[name]) == []


@pytest.mark.parametrize("name", _MACHINES)
def test_compiled_packages_are_those_of_the_layer_s_processor(built: dict[str, Layer], name: str) -> None:
    layer = built[name]
    (other,) = set(_MACHINES.values()) - {layer.machine}

    found = faults(layer._replace(machine=other))

    assert layer.shared_objects
    assert len(found) == len(layer.shared_objects)
    assert all(fault.endswith(f"is for {layer.machine}, not for {other}.") for fault in found)


def test_the_package_in_the_layer_is_the_one_of_this_folder(built: dict[str, Layer]) -> None:
    shipped = dict(_files(built["CommonLayerX8664"].packages / "pixel"))

    assert shipped.pop(_OPENAPI) == (ROOT / "docs" / "openapi.yaml").read_bytes()
    assert shipped == {name: content for name, content in _files(ROOT / "layers/common/pixel") if name != _OPENAPI}


def test_every_authority_of_certifi_s_bundle_has_a_file(built: dict[str, Layer]) -> None:
    bundle = Path(certifi.where()).read_text()

    written = [file.read_text() for file in (built["CommonLayerX8664"].folder / "authorities").iterdir()]

    assert sorted(written) == sorted(certificates(bundle))
    assert len(written) == bundle.count("END CERTIFICATE")


def test_the_authorities_for_boto3_are_the_few_that_aws_uses(built: dict[str, Layer]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(built["CommonLayerX8664"].folder / "aws-authorities.pem")

    assert repr([one["subject"] for one in context.get_ca_certs()]).count("Amazon Root CA") == 4
    assert len(context.get_ca_certs()) < 12


def test_clients_of_boto3_are_made_of_what_the_layer_keeps(built: dict[str, Layer]) -> None:
    """And trust the layer's own bundle. Another service's client cannot be made: its data is left out."""
    layer = built["CommonLayerX8664"]
    script = (
        f"import sys; sys.path.append({str(layer.packages)!r})\n"
        "from pixel.aws.clients import make_client\n"
        "make_client('sesv2', timeout_seconds=1, attempts=1)\n"
        "client = make_client('s3', timeout_seconds=1)\n"
        "print(client._endpoint.http_session._verify)\n"
        "try: make_client('ec2', timeout_seconds=1)\n"
        "except Exception as failure: print(type(failure).__name__)\n"
    )

    assert _run("-c", script).split() == [str(layer.folder / "aws-authorities.pem"), "UnknownServiceError"]


def test_without_openssl_the_build_says_what_is_missing(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "authorities.py", "Makefile", str(tmp_path / "authorities"), str(tmp_path / "aws.pem")],
        cwd=ROOT / "layers" / "common",
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert built.returncode == 1
    assert built.stderr.startswith("Building the layer requires the openssl command")


@pytest.fixture(scope="module")
def loaded(built: dict[str, Layer]) -> dict[str, dict[str, str]]:
    """Start functions without site-packages, so that what their layers lack is not found: modules and their files."""
    layers = [str(built[name].packages) for name in ("CommonLayerX8664", "DestinationsLayerX8664")]
    saving = [folder for folder in _FUNCTIONS if _saves_links(folder)]
    writing = [folder for folder in AUTOMATION if folder.name == "compose_message"]
    others = [folder for folder in _FUNCTIONS if folder not in (*saving, *writing)]
    mail = str(built["MailLayerX8664"].packages)
    return {**_start(others, layers[:1]), **_start(saving, layers), **_start(writing, [layers[0], mail])}


def _start(folders: list[Path], layers: list[str]) -> dict[str, dict[str, str]]:
    functions = {str(folder): sorted(loaded_by(folder / "handler.py")) for folder in folders}
    lines = _run(str(_STARTS), given=json.dumps({"layers": layers, "functions": functions})).splitlines()
    return dict(json.loads(line) for line in lines)


@for_each("folder", _FUNCTIONS)
def test_a_function_starts_on_the_layer_and_python_alone(loaded: dict[str, dict[str, str]], folder: Path) -> None:
    """And does not import what it does not need, because each import costs every cold start."""
    modules = loaded[str(folder)]

    assert modules["handler"] == str(folder / "handler.py")
    assert not _forbidden(folder) & modules.keys()


def test_the_layer_of_destinations_brings_what_checks_them(built: dict[str, Layer]) -> None:
    layers = [str(built[name].packages) for name in ("CommonLayerX8664", "DestinationsLayerX8664")]
    script = (
        f"import sys; sys.path += {layers}\n"
        "from pixel.links.destinations import normalized_destination\n"
        "print(normalized_destination('https://EXAMPLE.com'))"
    )

    assert _run("-c", script) == "https://example.com/\n"


def test_the_layer_of_mail_brings_what_composes_it(built: dict[str, Layer]) -> None:
    layers = [str(built[name].packages) for name in ("CommonLayerX8664", "MailLayerX8664")]
    script = (
        f"import sys; sys.path += {layers}\n"
        "from datetime import UTC, datetime\n"
        "from pixel.mail.compose import compose_report\n"
        "from pixel.mail.content import Point, ReportNumbers, Website\n"
        "points = tuple(Point(str(place), str(place), place, None) for place in range(7))\n"
        "at = datetime(2026, 3, 2, tzinfo=UTC)\n"
        "numbers = ReportNumbers(Website('1', 'Shop', 'a.example'), 'weekly', 'March', at, at, points=points)\n"
        "print(compose_report(numbers, 'https://a.example')[3][:4])"
    )

    assert _run("-c", script) == "b'\\x89PNG'\n"


def _saves_links(folder: Path) -> bool:
    if folder.parent.name == "smart_links":
        return True
    code = f"{folder.relative_to(ROOT).as_posix()}/"
    functions = (function["Properties"] for function in document.functions().values())
    return any("Layers" in function for function in functions if function["CodeUri"] == code)


def _forbidden(folder: Path) -> set[str]:
    name = folder.relative_to(ROOT / "functions").as_posix()
    matching = [modules for pattern, modules in _NOT_IMPORTED.items() if fnmatchcase(name, pattern)]
    assert matching, f"no row of _NOT_IMPORTED covers {name}; add one"
    return set().union(*matching)


def _run(*program: str, given: str = "") -> str:
    """Return what a program prints on a Python without site-packages."""
    environment: dict[str, str] = {}
    set_environment(environment)
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-W", "error", *program],
        input=given,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.stderr == ""
    return ran.stdout


def _build(source: Path, name: str) -> Layer:
    source /= name.partition("Layer")[0].lower()
    folder = source.parent / name
    subprocess.run(
        ["make", f"build-{name}", f"--directory={source}", f"ARTIFACTS_DIR={folder}", f"PYTHON={sys.executable}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return Layer(folder, _MACHINES[name], source / "requirements.txt")


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            yield str(path.relative_to(folder)), path.read_bytes()
