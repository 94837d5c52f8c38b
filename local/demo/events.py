"""Load three weeks of generated traffic for the demo workspaces, once for each data folder."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlencode

import urllib3

from local.demo.traffic.demo import demo_rows
from local.demo.traffic.sending import Body, bodies
from local.tinybird.warehouse import Warehouse, WarehouseError


def load(warehouse: Warehouse, workspace_id: str) -> int:
    """Send the rows unless the workspace has some already, and return how many were sent."""
    with urllib3.PoolManager(retries=False, timeout=60) as http:
        if _has_events(http, warehouse, workspace_id):
            return 0
        # Rows are made up while others are being stored, which takes longer.
        with ThreadPoolExecutor(max_workers=1) as sender:
            return sum(sender.map(partial(_send, http, warehouse), bodies(demo_rows(datetime.now(UTC)))))


def _send(http: urllib3.PoolManager, warehouse: Warehouse, body: Body) -> int:
    answer = http.request(
        "POST",
        f"{warehouse.url}/v0/events?{urlencode({'name': body.datasource, 'wait': 'true'})}",
        body=body.gzipped,
        headers={"Authorization": f"Bearer {warehouse.ingest_token}", "Content-Encoding": "gzip"},
    )
    if answer.status != 200 or answer.json()["quarantined_rows"]:
        raise WarehouseError(
            f"{body.datasource} refuses the demo's rows with status {answer.status}; see logs/tinybird.log"
        )
    return body.rows


def _has_events(http: urllib3.PoolManager, warehouse: Warehouse, workspace_id: str) -> bool:
    answer = http.request(
        "GET",
        f"{warehouse.url}/v0/pipes/p_pixel_healthcheck.json?{urlencode({'workspace_id': workspace_id})}",
        headers={"Authorization": f"Bearer {warehouse.admin_token}"},
    )
    return bool(answer.json()["data"][0]["status"] != "no_data")
