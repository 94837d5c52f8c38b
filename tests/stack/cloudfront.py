"""A stand-in for CloudFront, by its documented rules: the distribution of stacks/edge.yaml in front of a stack.

It forwards as little as those rules allow, so what works here needs nothing that CloudFront may leave out:
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
"""

import json
import re
import subprocess
import time
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

import urllib3

from local.template.documents import read_template
from pixelctl.target import Target
from tests.stack.running import PROJECT, RunningStack

DOMAIN: Final = "d111111abcdef8.cloudfront.net"
_CACHING_DISABLED: Final = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
_ALWAYS_FORWARDED: Final = ("content-length",)
_ERRORS_KEPT: Final = (400, 403, 404, 405, 414, 500, 501, 502, 503, 504)
_ERROR_SECONDS: Final = 10  # unless the distribution says otherwise
_SECRET = re.compile(r"\{\{resolve:ssm:(/[\w./-]+:\d+)\}\}")
_NOTHING: Final[dict[str, Any]] = {}


class Viewer(NamedTuple):
    """Somebody at a place, as CloudFront sees it."""

    address: str
    country: str = "DE"
    region: str = "BY"
    city: str = "München"

    def headers(self) -> dict[str, str]:
        return {
            "cloudfront-viewer-address": f"{self.address}:46532",
            "cloudfront-viewer-country": self.country,
            "cloudfront-viewer-country-region": self.region,
            "cloudfront-viewer-city": quote(self.city),
        }


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes
    from_cache: bool = False

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class _Kept(NamedTuple):
    answer: Answer
    until: float


class Distribution:
    def __init__(self, stack: RunningStack, *, secret_version: int) -> None:
        self._resources = read_template(PROJECT / "stacks" / "edge.yaml")["Resources"]
        self._config: dict[str, Any] = self._resources["Distribution"]["Properties"]["DistributionConfig"]
        self._origin = stack.state["api_url"]
        self._values = {
            "MainStackName": stack.target.name,
            "SecretVersion": str(secret_version),
            "ErrorsPageUrl": "https://docs.example.com/errors",
        }
        self._custom_headers = self._resolved_headers(stack.target)
        self._cache: dict[object, _Kept] = {}
        self._http = urllib3.PoolManager(retries=False, timeout=60)

    def ask(
        self,
        method: str,
        path: str,
        viewer: Viewer,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        scheme: str = "https",
    ) -> Answer:
        """Answer a request of a viewer."""
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        behavior = self._behavior_of(path)
        if scheme == "http":
            return _without_tls(behavior["ViewerProtocolPolicy"], path)
        if method not in behavior["AllowedMethods"]:
            return Answer(403, {}, b"")
        for association in behavior.get("FunctionAssociations", ()):
            return self._run(association, method, path)
        cached, forwarded = self._policy(behavior, "CachePolicy"), self._policy(behavior, "OriginRequestPolicy")
        key = (path, *sorted(_listed_queries(cached, query).items()), *sorted(_listed(cached, sent).items()))
        keeps = method in ("GET", "HEAD") and behavior["CachePolicyId"] != _CACHING_DISABLED
        if keeps and (kept := self._cache.get(key)) and kept.until > time.time():
            return kept.answer._replace(from_cache=True)
        known = {
            **{name: text for name, text in sent.items() if not name.startswith("cloudfront-")},
            **viewer.headers(),
        }
        onward = {
            "user-agent": "Amazon CloudFront",
            **{name: sent[name] for name in _ALWAYS_FORWARDED if name in sent},
            **_listed(forwarded, known),
            **_listed(cached, known),
            "x-forwarded-for": ", ".join(filter(None, (sent.get("x-forwarded-for"), viewer.address))),
            "via": "2.0 stand-in (CloudFront)",
            **self._custom_headers,
        }
        address = f"{self._origin}{path}"
        if asked := {**_listed_queries(forwarded, query), **_listed_queries(cached, query)}:
            address += f"?{urlencode(asked)}"
        given = self._http.request(method, address, headers=onward, body=body, redirect=False)
        answer = Answer(given.status, given.headers, given.data)
        if keeps and (seconds := self._seconds(behavior, answer)) > 0:
            self._cache[key] = _Kept(answer, time.time() + seconds)
        return answer

    def _behavior_of(self, path: str) -> dict[str, Any]:
        for behavior in self._config["CacheBehaviors"]:
            if fnmatchcase(path, behavior["PathPattern"]):
                return dict(behavior)
        return dict(self._config["DefaultCacheBehavior"])

    def _policy(self, behavior: Mapping[str, Any], kind: str) -> dict[str, Any]:
        """Return what a policy lists. A policy of AWS's own, which has no resource here, lists nothing."""
        written = behavior.get(f"{kind}Id")
        if not isinstance(written, dict):
            return _NOTHING
        config: dict[str, Any] = self._resources[written["Ref"]]["Properties"][f"{kind}Config"]
        own: dict[str, Any] = config.get("ParametersInCacheKeyAndForwardedToOrigin", config)
        return own

    def _seconds(self, behavior: Mapping[str, Any], answer: Answer) -> float:
        """Return for how long an answer is kept."""
        if answer.status in _ERRORS_KEPT:
            least = {one["ErrorCode"]: one["ErrorCachingMinTTL"] for one in self._config["CustomErrorResponses"]}
            return float(least.get(answer.status, _ERROR_SECONDS))
        if answer.status != 200:
            return 0
        policy = self._resources[behavior["CachePolicyId"]["Ref"]]["Properties"]["CachePolicyConfig"]
        said = answer.headers.get("Cache-Control", "")
        if re.search(r"no-cache|no-store|private", said):
            return float(policy["MinTTL"])
        if found := re.search(r"s-maxage=(\d+)", said) or re.search(r"max-age=(\d+)", said):
            return float(min(max(int(found[1]), policy["MinTTL"]), policy["MaxTTL"]))
        return float(policy["DefaultTTL"])

    def _resolved_headers(self, target: Target) -> dict[str, str]:
        """Return the headers that the origin is given, with the secret as CloudFormation reads it."""
        [origin] = self._config["Origins"]

        def read(match: re.Match[str]) -> str:
            parameter = target.connect("ssm").get_parameter(Name=match[1])["Parameter"]
            assert parameter["Type"] == "String"  # CloudFormation reads no other for CloudFront
            return str(parameter["Value"])

        return {
            one["HeaderName"].lower(): _SECRET.sub(read, self._filled(one["HeaderValue"]["Fn::Sub"]))
            for one in origin["OriginCustomHeaders"]
        }

    def _filled(self, text: str) -> str:
        return re.sub(r"\$\{(\w+)\}", lambda match: self._values[match[1]], text)

    def _run(self, association: Mapping[str, Any], method: str, path: str) -> Answer:
        """Run the function of a behavior by Node.js, and return its answer."""
        name, _ = association["FunctionARN"]["Fn::GetAtt"]
        code = self._filled(self._resources[name]["Properties"]["FunctionCode"]["Fn::Sub"])
        event = {
            "version": "1.0",
            "context": {
                "distributionDomainName": DOMAIN,
                "eventType": "viewer-request",
                "requestId": "4TyzHTaYWb1GX1==",
            },
            "request": {"method": method, "uri": path, "querystring": {}, "headers": {}, "cookies": {}},
        }
        program = f"{code}\nconsole.log(JSON.stringify(handler({json.dumps(event)})))"
        run = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True, timeout=60)
        made = json.loads(run.stdout)
        headers = {name: header["value"] for name, header in made["headers"].items()}
        return Answer(made["statusCode"], headers, made["body"]["data"].encode())


def _without_tls(policy: str, path: str) -> Answer:
    if policy == "https-only":
        return Answer(403, {}, b"")
    return Answer(301, {"location": f"https://{DOMAIN}{path}"}, b"")


def _listed(policy: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, str]:
    names = [name.lower() for name in policy.get("HeadersConfig", _NOTHING).get("Headers", ())]
    return {name: headers[name] for name in names if name in headers}


def _listed_queries(policy: Mapping[str, Any], query: Mapping[str, str] | None) -> dict[str, str]:
    config = policy.get("QueryStringsConfig", _NOTHING)
    names = config.get("QueryStrings", ()) if config.get("QueryStringBehavior") != "all" else tuple(query or ())
    return {name: text for name, text in (query or {}).items() if name in names}
