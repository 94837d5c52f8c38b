"""What a link domain serves besides links: its files, and the address for reports."""

from pixel.links.models import DomainChanges
from pixel.links.store import LinkStore
from pixel.workspaces.models import checked
from tests.conftest import Frozen
from tests.links_given import new_link
from tests.routes.redirects.conftest import Clicks
from tests.routes.redirects.visiting import file_of_domain, visit

_APPLE, _ANDROID = "/.well-known/apple-app-site-association", "/.well-known/assetlinks.json"


def test_files_of_apps_are_those_of_the_domain(links: LinkStore, frozen: Frozen) -> None:
    before = [file_of_domain(path).status for path in (_APPLE, _ANDROID)]
    given = {"apple_app_site_association": '{"applinks": {"details": []}}', "asset_links": "[ ]"}
    links.update_domain(checked(DomainChanges, given))
    frozen.move(60)
    replies = [file_of_domain(path) for path in (_APPLE, _ANDROID)]

    assert before == [404, 404]
    assert [reply.body for reply in replies] == ['{"applinks":{"details":[]}}', "[]"]
    assert {reply.headers["Content-Type"] for reply in replies} == {"application/json"}
    assert {reply.status for reply in replies} == {200}


def test_crawlers_may_ask_for_links_which_say_themselves_if_they_are_indexed(links: LinkStore) -> None:
    reply = file_of_domain("/robots.txt")

    assert (reply.status, reply.body) == (200, "User-agent: *\nDisallow:\n")
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_the_pages_say_where_to_report_a_link(links: LinkStore, clicks: Clicks, frozen: Frozen) -> None:
    link = new_link(links)
    pages = ("/unknown", f"/{link['code']}+")
    assert not any("Report" in visit(page).body for page in pages)

    for given, href in (("abuse@example.com", "mailto:abuse@example.com"), ("https://example.com/abuse?a&b",) * 2):
        links.update_domain(checked(DomainChanges, {"report_address": given}))
        frozen.move(60)
        for page in pages:
            assert f'href="{href.replace("&", "&amp;")}">Report a harmful link<' in visit(page).body
