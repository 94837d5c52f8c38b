"""Tables of keys and workspaces cannot get lost; counters and claims expire."""

import pytest

from pixel.links.store import HELD_UNTIL
from pixel.workspaces.audit import PURGE_AT
from tests.template import document

_TRUTH = {"ApiKeysTable", "LinksTable", "SecretsTable", "WorkspaceTable"}
_PASSING = {"CountersTable", "ClaimsTable"}


def test_every_table_is_one_or_the_other() -> None:
    assert document.of_type("AWS::DynamoDB::Table").keys() == _TRUTH | _PASSING


@pytest.mark.parametrize("name", sorted(_TRUTH))
def test_truth_is_kept_recoverable_and_protected(name: str) -> None:
    table = document.written()["Resources"][name]

    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["Properties"]["DeletionProtectionEnabled"] == {"Ref": "ProtectTables"}
    assert document.written()["Parameters"]["ProtectTables"]["Default"] == "true"
    # Nothing is deleted by itself except entries of the audit trail, and codes that were held for long enough after
    # their links were deleted. Records and links have `expires_at`, which must not count.
    cleared = {
        "WorkspaceTable": {"AttributeName": PURGE_AT, "Enabled": True},
        "LinksTable": {"AttributeName": HELD_UNTIL, "Enabled": True},
    }.get(name)
    assert table["Properties"].get("TimeToLiveSpecification") == cleared


@pytest.mark.parametrize("name", sorted(_PASSING))
def test_what_passes_is_cleared_by_its_time_to_live(name: str) -> None:
    table = document.written()["Resources"][name]

    assert table["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Delete", "Delete")


@pytest.mark.parametrize("name", sorted(_TRUTH | _PASSING))
def test_a_table_is_encrypted_and_paid_by_use(name: str) -> None:
    table = document.properties(name)

    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert "TableName" not in table


@pytest.mark.parametrize("name", sorted(_TRUTH | _PASSING))
def test_a_table_declares_the_attributes_of_its_keys_and_no_others(name: str) -> None:
    table = document.properties(name)
    schemas = [table["KeySchema"], *(index["KeySchema"] for index in table.get("GlobalSecondaryIndexes", []))]

    assert {attribute["AttributeName"] for attribute in table["AttributeDefinitions"]} == {
        part["AttributeName"] for schema in schemas for part in schema
    }
