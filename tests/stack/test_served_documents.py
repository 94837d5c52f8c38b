"""The stack serves its documents, and an error leads to what is written on it."""

from tests.stack.running import Response, RunningStack


def test_docs_url_of_an_error_leads_to_the_heading_of_its_code(stack: RunningStack) -> None:
    """Errors of functions, of the authorizer and of the gateway itself."""
    a_bad_query = f"/api/v1/pixel/query/p_geo?website_id={stack.state['website_id']}&limit=none"
    answers: list[Response] = [
        stack.call(a_bad_query, headers={"Authorization": f"Bearer {stack.state['keys']['all']}"}),
        stack.call("/api/v1/me", headers={"Authorization": "Bearer pixel_live_none"}),
        stack.call("/api/v1/me"),
        stack.call("/api/v1/nothing"),
    ]

    assert len({answer.code for answer in answers}) == len(answers)
    for answer in answers:
        page, _, anchor = answer.json["error"]["docs_url"].partition("#")
        assert anchor == answer.code
        shown = stack.call(page.removeprefix(stack.state["api_url"]))
        assert (shown.status, shown.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert f'id="{anchor}"'.encode() in shown.body


def test_the_reference_is_linked_from_the_first_lines_and_served_with_a_policy(stack: RunningStack) -> None:
    address = f"{stack.state['api_url']}/docs"
    answer = stack.call("/docs/api.html")

    assert address in "".join(stack.output.read_text().splitlines(keepends=True)[:6])
    assert (stack.call("/docs").status, answer.status) == (302, 200)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
