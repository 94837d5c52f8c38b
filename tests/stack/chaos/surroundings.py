"""The surroundings of events: a stack that fails, and two workspaces with what was sent to them."""

from collections.abc import Callable

from pixel.auth.caller import Scope
from pixel.workspaces.websites import WEBSITES, NewWebsite
from tests.stack.chaos.failing_stack import FailingStack
from tests.stack.chaos.ledger import Ledger
from tests.stack.conftest import Tenant, new_tenant

_WORKSPACES = ("a", "b")


class Workspace:
    """One of the workspaces, with what was sent to it."""

    def __init__(self, tenant: Tenant, ledger: Ledger) -> None:
        self.tenant = tenant
        self.id = tenant.workspace_id
        self.key = tenant.key(Scope.READ, Scope.WRITE)
        self.ledger = ledger
        new = NewWebsite(domain=f"{ledger.name}.example.com", name="Shop")
        WEBSITES.create(tenant.target.store, self.id, new, record_id=ledger.website_id)


class Surroundings:
    """The stack with two workspaces."""

    def __init__(self, failing: FailingStack) -> None:
        self.failing = failing
        self.folder = failing.folder
        self.stack = failing.stack
        websites = {name: f"admx_chaos_{name}" for name in _WORKSPACES}
        self.workspaces = [
            Workspace(new_tenant(self.stack, rate_limit=20_000), Ledger(name, websites[name], websites[other]))
            for name, other in zip(_WORKSPACES, reversed(_WORKSPACES), strict=True)
        ]

    def troubles(self, scale: int, killed: float) -> list[Callable[[], None]]:
        """Return every fault. `scale` says for how many appends they last, `killed` what part of the processes dies."""
        failing = self.failing
        return [
            lambda: failing.fail(status=503, count=12 * scale),
            lambda: failing.kill_functions(killed),
            failing.restart_warehouse,
            lambda: failing.fail(status=429, count=8 * scale, retry_after=1),
            lambda: failing.fail(status="reset", count=6 * scale, after=True),
            lambda: failing.fail(status="hang", count=4),
            lambda: failing.fail(status=403, count=3 * scale),
            lambda: failing.fail(status=503, count=6 * scale, after=True),
            lambda: failing.fail(status=400, count=3 * scale),
            failing.deliver_again,
        ]

    def read_files(self, prefix: str) -> list[str]:
        """Return the texts of the objects with this prefix in the bucket of files."""
        s3, bucket = self.workspaces[0].tenant.target.connect("s3"), self.stack.state["resources"]["FilesBucket"]
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
        return [s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys]
