"""A custom domain name is optional: its resources exist all together or not at all."""

from typing import Any

from tests.template import document

_DOMAIN = {"ApiDomain": "HasDomain", "ApiDomainMapping": "HasDomain", "ApiDomainRecord": "HasDomainRecord"}
_EXECUTE_API = "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${StageName}"


def test_nothing_of_it_is_there_unless_a_name_is_given() -> None:
    conditions = document.written()["Conditions"]
    resources = document.written()["Resources"]

    assert {name: resources[name]["Condition"] for name in _DOMAIN} == _DOMAIN
    assert conditions["HasDomain"] == _is_given("DomainName")
    assert conditions["HasDomainRecord"] == {"Fn::And": [{"Condition": "HasDomain"}, _is_given("HostedZoneId")]}
    assert {document.written()["Parameters"][name]["Default"] for name in ("DomainName", "HostedZoneId")} == {""}


def test_the_name_leads_to_the_stage_itself() -> None:
    mapping = document.transformed()["Resources"]["ApiDomainMapping"]["Properties"]

    assert document.transformed()["Resources"][mapping["Stage"]["Ref"]]["Type"] == "AWS::ApiGateway::Stage"
    assert "BasePath" not in mapping


def test_the_output_is_the_address_that_callers_use() -> None:
    value = document.written()["Outputs"]["ApiUrl"]["Value"]

    assert value == {"Fn::If": ["HasDomain", {"Fn::Sub": "https://${DomainName}"}, {"Fn::Sub": _EXECUTE_API}]}


def test_nothing_older_than_tls_1_2_is_spoken() -> None:
    assert document.properties("ApiDomain")["SecurityPolicy"] == "TLS_1_2"


def _is_given(parameter: str) -> dict[str, Any]:
    return {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]}
