"""pixelctl key create --publishable: a key for the pages of one website, which is shown again."""

from pixel.auth.keys import digest, find, is_publishable
from pixel.workspaces.workspace import Workspace
from tests.pixelctl.conftest import Run


def test_a_publishable_key_is_of_one_website_and_no_secret(run: Run, workspace: Workspace) -> None:
    owner = workspace.workspace_id
    website = run("website", "create", owner, "--domain", "example.com", "--json").json["id"]
    create = ("key", "create", owner, "--publishable", "--website", website)
    rest = ("--origins", "shop.example.com,*.example.org", "--limits", "collect=12000/60", "--payments")

    made = run(*create, *rest, "--proxy-secret", "--proxies", "2", "--test", "--json").json
    text = run(*create).out

    record = find(made["key"])
    assert is_publishable(made["key"])
    assert record is not None
    assert (record.origins, record.limits) == (("shop.example.com", "*.example.org"), {"collect": (12000, 60)})
    assert (record.payments, record.proxies, record.is_test) == (True, 2, True)
    assert record.proxy_hash == digest(made["proxy_secret"])
    assert made["public_key"] == made["key"]
    assert "proxy_hash" not in made
    assert "This key is no secret." in text
    assert made["key"] in [one.get("public_key") for one in run("key", "list", owner, "--json").json]


def test_origins_are_changed_and_a_secret_key_has_none(run: Run, workspace: Workspace) -> None:
    owner = workspace.workspace_id
    website = run("website", "create", owner, "--domain", "example.com", "--json").json["id"]
    pages = run("key", "create", owner, "--publishable", "--website", website, "--json").json
    server = run("key", "create", owner, "--scopes", "pixel:read", "--json").json

    changed = run("key", "update", pages["key_id"], "--origins", "B.example,*.c.example", "--json").json
    assert changed["origins"] == ["b.example", "*.c.example"]
    record = find(pages["key"])
    assert record is not None
    assert record.origins == ("b.example", "*.c.example")
    run("key", "update", pages["key_id"], "--origins", "none")
    record = find(pages["key"])
    assert record is not None
    assert record.origins is None
    refused = run("key", "update", server["key_id"], "--origins", "a.example")
    assert refused.status == 2
    assert "--origins is for publishable keys alone." in refused.err


def test_options_of_the_other_kind_are_refused(run: Run, workspace: Workspace) -> None:
    create = ("key", "create", workspace.workspace_id)
    wrong = {
        ("--payments",): "--payments is for a key with --publishable.",
        ("--origins", "a.example"): "--origins is for a key with --publishable.",
        ("--publishable", "--website", "admx_1", "--scopes", "pixel:read"): "--face and --scopes are for secret keys",
        ("--publishable",): "--website",
        ("--publishable", "--website", "admx_1", "--limits", "ingest=1/60"): "must name only collect and address",
    }
    for options, message in wrong.items():
        refused = run(*create, *options)
        assert refused.status == 2, options
        assert message in refused.err
