"""CloudFront in front of the pages and of what browsers send: which routes it reaches, and what of a request."""

import json
import re
from fnmatch import fnmatchcase
from typing import Any

import pytest

from pixel.foundation.errors import ERRORS, ErrorCode
from tests.contracts.source_files import LAYER
from tests.template import document
from tests.template.document import EDGE

_MAIN = document.written()
_RESOURCES: dict[str, Any] = document.written(EDGE)["Resources"]
_DISTRIBUTION = document.properties("Distribution", EDGE)["DistributionConfig"]
_BEHAVIORS: list[dict[str, Any]] = _DISTRIBUTION["CacheBehaviors"]
_CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # the same in every account
_NOUNS = ("pixel", "dashboard")
_WITH_A_KEY = {("post", "/api/v1/pixel/dashboard-sessions")}  # a server asks for it
# Headers without which an answer would be another one.
_READ_BY = {
    "/p/e": {
        *("content-type", "origin", "referer", "user-agent", "accept-language", "x-pixel-proxy"),
        *("cloudfront-viewer-address", "cloudfront-viewer-country"),
        *("cloudfront-viewer-country-region", "cloudfront-viewer-city"),
    },
    "/api/v1/share/open": {"content-type", "x-pixel-proxy", "cloudfront-viewer-address"},
    "/api/v1/share/data": {"authorization", "x-pixel-proxy", "cloudfront-viewer-address"},
}
_READERS = ("collect", "dashboard", "http")
_NOT_OF_THE_EDGE = {
    "x-pixel-country",  # of proxies with the secret of a key
    "x-forwarded-proto",  # of routes with an API key
    "if-none-match",  # which only saves the bytes of an answer
    "content-encoding",  # API Gateway has decompressed bodies; scripts do not compress
}


def _routes() -> set[tuple[str, str]]:
    """Return the methods and paths of what a browser asks without a key."""
    found = {
        (source["Properties"]["Method"].lower(), source["Properties"]["Path"])
        for name, function in document.functions().items()
        if document.folder_of(name).partition("/")[0] in _NOUNS
        for source in function["Properties"]["Events"].values()
    }
    return found - _WITH_A_KEY


def _example(path: str) -> str:
    return path.replace("{file}", "pk_live_1.js").replace("{token}", "share_1")


def _behaviors_of(path: str) -> list[dict[str, Any]]:
    return [one for one in _BEHAVIORS if fnmatchcase(path, one["PathPattern"])]


def _policy(behavior: dict[str, Any], kind: str) -> dict[str, Any]:
    written = behavior.get(f"{kind}Id")
    if not isinstance(written, dict):
        return {}
    config: dict[str, Any] = document.properties(written["Ref"], EDGE)[f"{kind}Config"]
    own: dict[str, Any] = config.get("ParametersInCacheKeyAndForwardedToOrigin", config)
    return own


def _forwarded(behavior: dict[str, Any]) -> set[str]:
    """Return the headers of a visitor, and those that CloudFront adds, with which a request reaches the API."""
    policies = [_policy(behavior, kind) for kind in ("CachePolicy", "OriginRequestPolicy")]
    [origin] = _DISTRIBUTION["Origins"]
    added = [header["HeaderName"] for header in origin["OriginCustomHeaders"]]
    listed = [name for policy in policies for name in policy.get("HeadersConfig", {}).get("Headers", [])]
    return {name.lower() for name in (*added, *listed)}


def test_it_is_off_unless_the_operator_wants_it() -> None:
    assert _MAIN["Parameters"]["EnablePixelEdge"]["Default"] == "false"
    assert _MAIN["Conditions"]["HasPixelEdge"] == {"Fn::Equals": [{"Ref": "EnablePixelEdge"}, "true"]}
    assert _MAIN["Resources"]["Edge"]["Condition"] == "HasPixelEdge"
    assert {_MAIN["Outputs"][name]["Condition"] for name in ("EdgeUrl", "EdgeDomainTarget")} == {"HasPixelEdge"}
    assert not any("::CloudFront::" in resource["Type"] for resource in _MAIN["Resources"].values())


def test_the_main_stack_passes_what_the_nested_one_declares() -> None:
    passed = document.properties("Edge")["Parameters"]

    assert passed.keys() == document.written(EDGE)["Parameters"].keys()
    assert passed["MainStackName"] == {"Ref": "AWS::StackName"}


def test_every_route_of_browsers_is_reached_by_one_behavior_with_its_method() -> None:
    used = set()
    for method, path in _routes():
        example = _example(path)
        behavior = _behaviors_of(example)[0]
        used.add(behavior["PathPattern"])
        assert method.upper() in behavior["AllowedMethods"], path
        # An address of one kind is not by accident that of another, but for what stands below it.
        others = {one["PathPattern"] for one in _behaviors_of(example)[1:]}
        assert others <= {"/share/*"}, path

    assert used == {one["PathPattern"] for one in _BEHAVIORS}


def test_no_other_route_is_reached() -> None:
    reached = {
        (method, path)
        for path, methods in document.paths().items()
        for method in methods
        if method != "options" and _behaviors_of(_example(path))
    }

    assert reached == _routes()


def test_what_is_sent_is_never_redirected_or_kept() -> None:
    for method, path in _routes():
        behavior = _behaviors_of(_example(path))[0]
        only = method == "post" or path.startswith("/api/")
        assert behavior["ViewerProtocolPolicy"] == ("https-only" if only else "redirect-to-https"), path
    assert {one["PathPattern"] for one in _BEHAVIORS if one["CachePolicyId"] == _CACHING_DISABLED} == {
        *("/p/e", "/api/v1/collect"),
    }


def test_what_routes_read_of_a_request_arrives_and_nothing_else() -> None:
    needed: dict[str, set[str]] = {}
    for path, headers in _READ_BY.items():
        needed.setdefault(_behaviors_of(path)[0]["PathPattern"], set()).update(headers)

    for pattern, headers in needed.items():
        assert _forwarded(_behaviors_of(pattern)[0]) == headers, pattern


def test_every_header_that_the_code_reads_is_considered() -> None:
    read = {
        name
        for module in _READERS
        for file in sorted((LAYER / module).rglob("*.py"))
        for name in re.findall(r"\.header\(\"([a-z-]+)\"\)", file.read_text())
    }

    assert read - _NOT_OF_THE_EDGE == {name for headers in _READ_BY.values() for name in headers} - {"x-pixel-proxy"}
    assert read >= _NOT_OF_THE_EDGE


def test_both_routes_of_events_get_the_same() -> None:
    first, second = (_behaviors_of(path)[0] for path in ("/p/e", "/api/v1/collect"))

    assert {**first, "PathPattern": ""} == {**second, "PathPattern": ""}


def test_queries_that_are_read_arrive() -> None:
    """And those of pages make an answer another one in the cache."""
    for path, expected in {
        "/dashboard": {"QueryStringBehavior": "whitelist", "QueryStrings": ["embed"]},
        "/share/share_1": {"QueryStringBehavior": "whitelist", "QueryStrings": ["embed"]},
        "/api/v1/share/data": {"QueryStringBehavior": "all"},
    }.items():
        assert _policy(_behaviors_of(path)[0], "CachePolicy")["QueryStringsConfig"] == expected, path


@pytest.mark.parametrize("name", [name for name, one in _RESOURCES.items() if one["Type"].endswith("Policy")])
def test_a_policy_keeps_to_what_cloudfront_takes_and_forwards_neither_cookies_nor_the_host(name: str) -> None:
    kind = _RESOURCES[name]["Type"].rpartition("::")[2]
    config = document.properties(name, EDGE)[f"{kind}Config"]
    own = config.get("ParametersInCacheKeyAndForwardedToOrigin", config)
    headers = [header.lower() for header in own["HeadersConfig"].get("Headers", [])]

    assert len(headers) <= 10
    assert not {"host", "cookie", "accept-encoding", "x-pixel-proxy"} & set(headers)
    assert own["CookiesConfig"] == {"CookieBehavior": "none"}
    assert "${AWS::Region}" in config["Name"]["Fn::Sub"]  # names are those of an account
    if kind == "CachePolicy":
        assert (config["MinTTL"], config["DefaultTTL"]) == (0, 0)  # or what the API lets nobody keep is kept
        assert config["MaxTTL"] > 0
    else:
        assert "authorization" not in headers  # which only a cache policy may name


def test_errors_are_not_kept() -> None:
    kept = {one["ErrorCode"]: one["ErrorCachingMinTTL"] for one in _DISTRIBUTION["CustomErrorResponses"]}
    statuses = {
        error.status for error in ERRORS.values() if error.status in (400, 403, 404, 405, 414, 500, 501, 502, 503, 504)
    }

    assert set(kept.values()) == {0}
    assert statuses | {504} <= kept.keys()
    assert not any("ResponsePagePath" in one for one in _DISTRIBUTION["CustomErrorResponses"])


def test_the_api_is_asked_by_its_own_name_over_tls_with_the_secret() -> None:
    [origin] = _DISTRIBUTION["Origins"]
    [header] = origin["OriginCustomHeaders"]

    assert origin["DomainName"] == {"Fn::Sub": "${ApiId}.execute-api.${AWS::Region}.${AWS::URLSuffix}"}
    assert origin["OriginPath"] == {"Fn::Sub": "/${StageName}"}
    assert origin["CustomOriginConfig"] == {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]}
    assert header == {
        "HeaderName": "X-Pixel-Proxy",
        "HeaderValue": {"Fn::Sub": "{{resolve:ssm:/pixel/${MainStackName}/edge-header:${SecretVersion}}}"},
    }


def test_the_secret_stands_in_that_header_alone() -> None:
    """Neither parameters nor outputs hold it: both are shown to whoever may describe the stack."""
    assert document.text(EDGE).count("edge-header:") == 1
    for template in document.TEMPLATES:
        outputs = json.dumps(document.written(template).get("Outputs", {}))
        assert "resolve:" not in outputs
        assert template == EDGE or "{{resolve:" not in document.text(template)


def test_neither_addresses_nor_tokens_are_logged() -> None:
    assert "Logging" not in _DISTRIBUTION
    assert not any("RealtimeLogConfigArn" in one for one in (_DISTRIBUTION["DefaultCacheBehavior"], *_BEHAVIORS))


def test_visitors_speak_tls_1_2_and_reach_it_by_ipv6() -> None:
    _, certificate, own = _DISTRIBUTION["ViewerCertificate"]["Fn::If"]

    assert certificate["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert certificate["SslSupportMethod"] == "sni-only"
    assert own == {"CloudFrontDefaultCertificate": True}
    assert (_DISTRIBUTION["HttpVersion"], _DISTRIBUTION["IPV6Enabled"]) == ("http2and3", True)
    records = document.of_type("AWS::Route53::RecordSet", EDGE)
    assert {one["Properties"]["Type"] for one in records.values()} == {"A", "AAAA"}
    assert {one["Condition"] for one in records.values()} == {"HasDomainRecord"}


def test_everything_else_is_answered_as_the_api_answers_what_it_does_not_have() -> None:
    default = _DISTRIBUTION["DefaultCacheBehavior"]
    [association] = default["FunctionAssociations"]
    code = document.properties("NotFound", EDGE)["FunctionCode"]["Fn::Sub"]

    assert association == {"EventType": "viewer-request", "FunctionARN": {"Fn::GetAtt": ["NotFound", "FunctionARN"]}}
    assert "DELETE" in default["AllowedMethods"]  # or CloudFront itself would refuse some
    assert f'code: "{ErrorCode.NOT_FOUND.code}"' in code
    assert f'message: "{ErrorCode.NOT_FOUND.message}"' in code
    assert set(re.findall(r"\$\{(\w+)\}", code)) == {"ErrorsPageUrl"}
    assert not any("FunctionAssociations" in one for one in _BEHAVIORS)
