"""What a reader does: filters, periods, tabs, details, files, keys, colours, and pages that embed the dashboard."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Download, Page

from pixel.workspaces.websites import WEBSITES, WebsiteChanges
from tests.browser.conftest import Site, owner_address
from tests.browser.watched import TIMEOUT_MS, WIDE, Watched
from tests.stack.running import RunningStack

Watch = Callable[..., Watched]
Share = Callable[..., str]
# Where the texts are that are drawn on a canvas, in its own pixels.
_NOTE_LABELS = """globalThis.labels = [];
const draw = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
  const { actualBoundingBoxLeft: before, actualBoundingBoxRight: after } = this.measureText(text);
  const size = parseFloat(/[0-9.]+(?=px)/.exec(this.font)[0]);
  labels.push({ text, left: x - before, right: x + after, size, width: this.canvas.width });
  return draw.call(this, text, x, y, ...rest);
};"""
# Hold back the answers to questions until it is said to let them go.
_HOLD_ANSWERS = """const ask = fetch;
const held = new Promise((letGo) => { globalThis.letGo = letGo; });
globalThis.fetch = async (address, options) => {
  const answer = await ask(address, options);
  if (address.includes("share/data")) await held;
  return answer;
};"""
_PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def board(watch: Watch, demo_share: Share) -> Watched:
    """Open the demo's dashboard at the last seven days."""
    return watch(demo_share() + "?period=7d")


@pytest.fixture
def hero(watch: Watch, demo_share: Share) -> Watched:
    """Open a dashboard of the summary and the chart alone, for tests that ask pipes for other days."""
    return watch(demo_share(panels=["summary", "series"]) + "?period=7d")


def _saved(page: Page, menu: str, item: str) -> Download:
    page.get_by_role("button", name=menu, exact=True).click()
    with page.expect_download(timeout=TIMEOUT_MS) as saved:
        page.get_by_role("menuitem", name=item, exact=True).click()
    return saved.value


@pytest.mark.thorough
def test_it_is_said_where_a_person_counts_once_a_day(watch: Watch, demo_share: Share, site: Site) -> None:
    """Without a cookie, somebody who returns on another day is another visitor; with one, or within a day, not."""
    said = "a person who returns on another day counts again"
    address = demo_share(panels=["summary", "series"])
    assert said in watch(address + "?period=7d").texts(".foot")[0]
    assert said not in watch(address + "?period=today").texts(".foot")[0]

    cookie = WebsiteChanges.model_validate({"pixel": {"mode": "cookie"}})
    WEBSITES.update(site.tenant.target.store, site.tenant.workspace_id, site.id, cookie)
    assert said not in watch(site.share(panels=["summary", "series"]) + "?period=7d").texts(".foot")[0]


def test_the_first_view_takes_five_requests_and_each_change_one(board: Watched) -> None:
    kinds = [re.sub(r"\?.*|\.[0-9a-f]{12}|share_\w+", "", request.url.rpartition("/")[2]) for request in board.requests
             if not request.url.startswith("data:")]  # fmt: skip

    assert kinds == ["", "dashboard.css", "app.js", "open", "data"]
    board.page.get_by_role("button", name="Pageviews", exact=False).first.click()
    board.page.get_by_role("heading", name="Pageviews").wait_for()
    board.page.get_by_role("tab", name="Browsers").click()
    board.wait()
    assert [question["panels"] for question in board.asked()[1:]] == ["series", "browsers"]


def test_a_click_on_a_row_filters_and_the_back_button_lifts_it(watch: Watch, demo_share: Share) -> None:
    board = watch(demo_share(panels=["summary", "places"]) + "?period=7d")
    before = board.texts("[data-metric=visitors]")
    board.page.locator("[data-panel=places] button.row").first.click()
    board.page.locator(".chip").wait_for()
    board.wait()
    assert board.texts(".chip") == ["Country\nUnited States"]
    assert "f.country=US" in board.page.url
    assert board.texts("[data-metric=visitors]") != before
    address = board.page.url

    board.page.go_back()
    board.wait()
    assert board.texts("[data-metric=visitors]") == before
    board.page.goto(address)
    board.wait()
    board.page.get_by_role("button", name="Remove the filter Country: United States").click()
    board.wait()
    assert "f.country" not in board.page.url
    assert board.texts("[data-metric=visitors]") == before


@pytest.mark.thorough
def test_a_metric_may_be_chosen_before_the_first_answer(board: Watched) -> None:
    board.run_first(_HOLD_ANSWERS)
    board.page.reload(wait_until="commit")
    board.page.get_by_role("button", name=re.compile("^Sessions")).click()
    board.page.wait_for_function("location.search.includes('metric=sessions')")
    board.page.evaluate("letGo()")
    board.wait()
    assert board.page.locator("[data-state=ready]").count() == board.page.locator("[data-state]").count()


@pytest.mark.thorough
def test_an_address_with_an_unknown_filter_has_a_way_out(watch: Watch, demo_share: Share) -> None:
    board = watch(demo_share(panels=["summary", "series"]) + "?period=7d&f.country=XX")

    board.page.get_by_role("heading", name="This address cannot be shown").wait_for()
    board.must_be_accessible()
    board.page.get_by_role("button", name="Show the dashboard without it").click()
    board.page.locator("[data-metric=visitors]").wait_for()
    board.wait()
    assert "f.country" not in board.page.url


@pytest.mark.thorough
def test_an_owner_s_address_keeps_who_may_embed_it(watch: Watch, stack: RunningStack) -> None:
    key, website_id = stack.state["keys"]["read"], stack.state["website_id"]
    only = ["summary", "series"]
    board = watch(owner_address(stack, key, website_id, panels=only, embed_origins=["https://blog.example.com"]))
    embed = re.search(r"embed=[\w.-]+", board.page.url)
    board.page.get_by_role("button", name=re.compile("^Sessions")).click()
    board.page.get_by_role("heading", name="Sessions").wait_for()

    assert embed is not None
    assert embed[0] in board.page.url
    assert "#s=" in board.page.url


@pytest.mark.thorough
def test_a_token_that_no_address_may_have_opens_nothing(watch: Watch, stack: RunningStack) -> None:
    board = watch(f"{stack.state['api_url']}/share/%zz")

    board.page.get_by_role("heading", name="This link opens nothing").wait_for()


@pytest.mark.thorough
def test_a_fixed_filter_has_a_lock_and_no_button(watch: Watch, demo_share: Share) -> None:
    board = watch(demo_share(filters={"country": "DE"}, panels=["places"]) + "?period=7d&f.country=US")

    assert [text.split() for text in board.texts(".chip")] == [["Country", "Germany", "(fixed)"]]
    assert board.page.locator(".chip button").count() == 0
    assert board.texts("[data-panel=places] .row-name .clip") == ["Germany"]
    assert all("f.country" not in question for question in board.asked())


@pytest.mark.thorough
def test_period_and_comparison_are_chosen_by_keys(hero: Watched) -> None:
    hero.page.get_by_role("button", name="Period: Last 7 days").focus()
    for key in ("Enter", "Home", "ArrowDown", "Enter"):
        hero.page.keyboard.press(key)
    hero.page.get_by_role("button", name="Period: Yesterday").wait_for()
    hero.page.keyboard.press("Tab")
    for key in ("ArrowDown", "End", "Enter"):
        hero.page.keyboard.press(key)
    hero.page.get_by_role("button", name="Comparison: No comparison").wait_for()
    hero.wait()
    assert {"period": "yesterday", "compare": "none"}.items() <= hero.asked()[-1].items()


@pytest.mark.thorough
def test_days_are_chosen_in_a_dialog(hero: Watched) -> None:
    hero.page.get_by_role("button", name="Period: Last 7 days").click()
    hero.page.get_by_role("menuitemradio", name="Custom range").click()
    dialog = hero.page.get_by_role("dialog", name="Custom range")
    dialog.get_by_label("First day").fill("2026-03-09")
    dialog.get_by_label("Last day").fill("2026-03-01")
    dialog.get_by_role("button", name="Show").click()
    dialog.get_by_text("The last day is before the first.").wait_for()
    hero.must_be_accessible()
    dialog.get_by_label("Last day").fill("2026-03-10")
    dialog.get_by_role("button", name="Show").click()
    hero.page.get_by_role("button", name=re.compile("^Period: Mar 9 . Mar 10, 2026$")).wait_for()
    assert "period=custom&from=2026-03-09&to=2026-03-10" in hero.page.url


@pytest.mark.thorough
def test_details_are_searched_and_left_by_escape(board: Watched, screens: Path) -> None:
    opener = board.page.get_by_role("button", name="Details of Top pages")
    opener.click()
    dialog = board.page.get_by_role("dialog", name="Top pages")
    dialog.locator("tbody").wait_for()
    dialog.get_by_role("searchbox").fill("pricing")
    assert dialog.locator("tbody td.name").all_inner_texts() == ["/pricing"]
    board.must_be_accessible()
    board.keep(screens / "details.png", is_whole=False)
    board.page.keyboard.press("Escape")  # empties the search, as browsers have it
    board.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert opener.evaluate("(button) => button === document.activeElement")


def test_the_chart_is_read_by_arrows_and_as_a_table(board: Watched, screens: Path) -> None:
    chart = board.page.get_by_role("group", name=re.compile("^Visitors, .*: 7 points, highest"))
    chart.focus()
    board.page.keyboard.press("ArrowLeft")
    board.page.get_by_text("(so far)").wait_for()
    board.page.keyboard.press("ArrowLeft")
    assert board.page.locator(".read-out-row").count() == 2
    board.keep(screens / "read-out.png", is_whole=False)
    board.page.get_by_role("button", name="More of the chart").click()
    board.page.get_by_role("menuitem", name="Show as table").click()
    board.page.locator(".chart-table").wait_for()
    assert board.page.locator(".chart-table tbody tr").count() == 7
    board.must_be_accessible()


@pytest.mark.thorough
def test_labels_of_the_chart_are_whole_and_no_smaller_on_dense_screens(chromium: Browser, demo_share: Share) -> None:
    with chromium.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2) as context:
        page = context.new_page()
        page.add_init_script(_NOTE_LABELS)
        page.goto(demo_share() + "?period=7d")
        page.locator(".chart canvas").wait_for(timeout=TIMEOUT_MS)
        page.wait_for_function("labels.length > 5", timeout=TIMEOUT_MS)
        labels = page.evaluate("labels")

    assert {label["size"] for label in labels} == {24}
    assert [label for label in labels if label["left"] < 0 or label["right"] > label["width"]] == []


def test_files_have_the_rows_and_a_picture(board: Watched) -> None:
    table = _saved(board.page, "More of Pages", "Download CSV")
    rows = list(csv.DictReader(io.StringIO(table.path().read_text(encoding="utf-8-sig"))))
    shown = [text.replace(",", "") for text in board.texts("[data-panel=pages] .row-value")]

    assert [row["visitors"] for row in rows] == shown
    assert re.fullmatch(r"demo\.example\.com_pages_[\d-]+_[\d-]+\.csv", table.suggested_filename)
    board.see_map()
    for menu, item in (
        ("More of Pages", "Download PNG"),
        ("More of the chart", "Download PNG"),
        ("More of Places", "Download map as PNG"),
    ):
        assert _saved(board.page, menu, item).path().read_bytes().startswith(_PNG)


@pytest.mark.thorough
def test_colours_are_switched_and_kept(hero: Watched) -> None:
    hero.page.get_by_role("button", name="Use dark colours").click()
    hero.page.reload()
    hero.wait()
    assert hero.page.locator("html").get_attribute("data-theme") == "dark"


@pytest.mark.thorough
def test_one_panel_can_be_shown_alone(watch: Watch, demo_share: Share, screens: Path) -> None:
    board = watch(demo_share() + "?period=7d&panel=series&theme=dark")

    assert board.page.locator("[data-panel]").count() == 1
    assert [question["panels"] for question in board.asked()] == ["series"]
    board.must_be_accessible()
    board.keep(screens / "one-panel.png", is_whole=False)


def test_only_named_origins_embed_a_dashboard(chromium: Browser, stack: RunningStack, demo_share: Share) -> None:
    origin = "https://blog.example.com"
    allowed, refused = (
        f"{demo_share(embed_origins=[embedding], password='correct horse')}/embed"
        for embedding in (origin, "https://other.example.com")
    )
    with chromium.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}) as context:
        page = context.new_page()
        body = "".join(f'<iframe src="{address}" title="Numbers"></iframe>' for address in (allowed, refused))
        page.route(f"{origin}/**", lambda route: route.fulfill(body=body, content_type="text/html"))
        with page.expect_console_message(lambda message: "frame-ancestors" in message.text, timeout=TIMEOUT_MS):
            page.goto(f"{origin}/")
        page.frame_locator("iframe >> nth=0").get_by_label("Password").wait_for(timeout=TIMEOUT_MS)
        assert page.frame_locator("iframe >> nth=1").locator("#page").count() == 0


@pytest.mark.thorough
def test_a_page_without_scripts_has_a_sentence(chromium: Browser, stack: RunningStack) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{stack.state['api_url']}/dashboard")
        assert "Turn it on" in page.locator("noscript p").inner_text()


@pytest.mark.thorough
def test_who_is_there_now_is_asked_again_while_the_page_is_seen(board: Watched) -> None:
    board.stop_clock()
    board.page.reload()
    board.wait()
    with board.page.expect_response(lambda response: response.url.endswith("panels=realtime")) as asked:
        board.page.clock.fast_forward(31_000)
    assert asked.value.ok
