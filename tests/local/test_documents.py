"""The documents that the embedded stack serves: the API reference and pages in Markdown, all from this machine."""

import re
from http import HTTPStatus
from pathlib import Path

from local import documents
from local.gateway.call import HttpRequest, HttpResponse
from pixel.foundation.errors import ERRORS
from tests.contracts.documents import DOCUMENTS, ROOT, anchors


def _get(path: str, method: str = "GET") -> HttpResponse | None:
    return documents.answer(HttpRequest(method, path, [], b"", "127.0.0.1"))


def _text(path: str) -> str:
    found = _get(path)
    assert found is not None, path
    assert found.status == HTTPStatus.OK
    return found.body.decode()


def test_docs_leads_to_the_reference_whose_parts_are_all_served() -> None:
    redirect = _get("/docs")
    assert redirect is not None
    assert (redirect.status, dict(redirect.headers)["Location"]) == (HTTPStatus.FOUND, documents.REFERENCE)

    page = _text(documents.REFERENCE)
    parts = re.findall(r'(?:src|href)="(?!data:)([^"]+)"', page)

    assert len(parts) >= 4
    for part in parts:
        assert _get(f"/docs/{part}") is not None, part


def test_a_page_may_use_nothing_but_what_the_stack_serves() -> None:
    for path in (documents.REFERENCE, documents.ERRORS, "/docs/reference/scalar.js"):
        found = _get(path)
        assert found is not None
        headers = dict(found.headers)
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "http" not in policy
        assert "*" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_reference_has_no_script_of_its_own_that_the_policy_would_refuse() -> None:
    page = (ROOT / "docs" / "api.html").read_text()

    assert re.findall(r"<script(?! src=)", page) == []
    assert re.findall(r"<style|\son\w+=|https?://", page) == []


def test_every_error_has_its_heading_at_the_anchor_that_docs_url_names() -> None:
    ids = re.findall(r'<h2 id="([^"]+)">', _text(documents.ERRORS))

    assert ids == [error.code for error in ERRORS.values()]


def test_every_document_is_a_page_with_the_anchors_that_its_links_use() -> None:
    for file in DOCUMENTS:
        path = f"/{file.relative_to(ROOT)}"
        if not path.startswith("/benchmarks/"):
            assert {*re.findall(r'<h\d id="([^"]+)">', _text(path))} == anchors(file), path


def test_no_path_leads_out_of_the_documents() -> None:
    outside = ("/pyproject.toml", "/docs/../pyproject.toml", "/docs/%2e%2e/pyproject.toml", f"/docs/{ROOT}/README.md")
    for path in (*outside, "/"):
        assert _get(path) is None, path
    assert _get("/docs", "POST") is None


def test_the_vendored_reference_names_its_version_and_licence() -> None:
    folder: Path = ROOT / "docs" / "reference"
    (version,) = re.findall(r"@scalar/api-reference` (\d+\.\d+\.\d+)", (folder / "README.md").read_text())

    assert f"@scalar/api-reference {version}\n" in (folder / "scalar.js").read_text()[:1000]
    assert (folder / "LICENSE").read_text().startswith("MIT License")
