"""Visitors, their visits and what they do."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from random import Random

from local.demo.traffic import rows, sites
from local.demo.traffic.bots import BOTS, HEADLESS
from local.demo.traffic.calendar import DAY_MS, Calendar
from local.demo.traffic.machines import MACHINES
from local.demo.traffic.places import DATA_CENTRE, PLACES, Place
from local.demo.traffic.rows import Row, Values
from local.demo.traffic.seen import seen
from local.demo.traffic.sites import LEAVE, NEXT_PAGES, TITLES, Site
from local.demo.traffic.sources import DIRECT, SOURCES, Source

_BOTS = 0.06  # of visitors
_RETURNING = 0.34  # after each visit
_CLIENT_NAMES_SESSIONS = 0.3  # of visitors
_ARRIVING_TWICE = 0.002  # of rows
_ARRIVING_LATE = 0.01
_AWAY_FOR_A_WHILE = 0.01  # between two pages
_SIGNING_UP = 0.3  # on /signup
_PAYING = 0.6  # on /checkout
_REFUNDED = 0.07  # of payments
_SUBSCRIBING = 0.05  # on an article
_ASKING_FOR_A_DEMO = 0.2  # on /customers


def generate(site: Site, *, seed: int, end: datetime, days: int, pageviews: int) -> Iterator[Row]:
    """Yield exactly `pageviews` pageviews and the events that go with them, visitor by visitor."""
    traffic = _Traffic(site, f"{seed} {site.workspace_id} {site.website_id}", Calendar(end, days))
    left = pageviews
    while True:
        for row in traffic.of_one_visitor():
            if row.datasource == rows.PAGEVIEWS:
                if left == 0:
                    return
                left -= 1
            yield row
            if traffic.dice_of(row.datasource).random() < _ARRIVING_TWICE:
                yield row


class _Traffic:
    def __init__(self, site: Site, seed: str, calendar: Calendar) -> None:
        self.random = Random(seed)
        # Engagements have dice of their own, so that all other rows are the same with them and without.
        self._dice_of_engagements = Random(f"{seed} {rows.ENGAGEMENTS}")
        self.site = site
        self.calendar = calendar

    def of_one_visitor(self) -> list[Row]:
        return self._of_a_bot() if self.random.random() < _BOTS else _Visitor(self).live()

    def dice_of(self, datasource: str) -> Random:
        return self._dice_of_engagements if datasource == rows.ENGAGEMENTS else self.random

    def base(self) -> Values:
        random = self.random.getrandbits(128)
        text = f"{random:032x}"
        return {
            **rows.WITHOUT_CONTEXT,
            "workspace_id": self.site.workspace_id,
            "website_id": self.site.website_id,
            "visitor_id": f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}",
        }

    def row(self, datasource: str, at_ms: int, values: Values, **more: str | float) -> Iterator[Row]:
        """Yield the row of an event unless it lies beyond the end, received a moment later or, for some, much later."""
        if at_ms < self.calendar.end_ms:
            yield Row(datasource, {**values, **self._stamps(self.dice_of(datasource), at_ms), **more})

    def engagements(self, page: Values, at_ms: int, open_ms: int) -> Iterator[Row]:
        """Yield how a page was seen that was opened at a time and left `open_ms` later."""
        common = rows.of_engagement(page)
        dice, path, device = self._dice_of_engagements, str(page["path"]), str(page["device"])
        for after_ms, visible_ms, scroll in seen(dice, path, device, open_ms):
            yield from self.row(rows.ENGAGEMENTS, at_ms + after_ms, common, visible_ms=visible_ms, scroll=scroll)

    def _stamps(self, random: Random, at_ms: int) -> Values:
        late_ms = random.randrange(600_000) if random.random() < _ARRIVING_LATE else 0
        received_ms = max(at_ms, min(at_ms + 40 + int(random.expovariate(1 / 300)) + late_ms, self.calendar.end_ms))
        return {
            "event_id": f"evt_{random.getrandbits(96):024x}",
            "timestamp": rows.to_iso(at_ms),
            "received_at": rows.to_iso(received_ms),
        }

    def page(self, path: str) -> Values:
        host = self.site.host
        return {"url": f"https://{host}{path}", "host": host, "path": path, "title": TITLES[path]}

    def _of_a_bot(self) -> list[Row]:
        random = self.random
        bot = BOTS.pick(random)
        base = {
            **self.base(),
            **rows.of_place(DATA_CENTRE),
            "user_agent": bot.user_agent,
            "llm_engine": bot.llm_engine,
            "is_bot": 1,
            "bot_reason": bot.reason,
        }
        at_ms = self.calendar.start_ms + random.randrange(self.calendar.end_ms - self.calendar.start_ms)
        found: list[Row] = []
        for path in random.sample(list(TITLES), random.randrange(1, 8)):
            page = {**base, **self.page(path)}
            found += self.row(rows.PAGEVIEWS, at_ms, page)
            open_ms = random.randrange(200, 4000)
            if bot.reason == HEADLESS:
                found += self.engagements(page, at_ms, open_ms)
            at_ms += open_ms
        return found


class _Visitor:
    def __init__(self, traffic: _Traffic) -> None:
        self._traffic = traffic
        self._random = random = traffic.random
        self._end_ms = traffic.calendar.end_ms
        self._place: Place = PLACES.pick(random)
        self._unplaced = traffic.base()
        self._base = {**self._unplaced, **rows.of_place(self._place), **rows.of_machine(MACHINES.pick(random))}
        self._client_names_sessions = random.random() < _CLIENT_NAMES_SESSIONS
        self._is_signed_up = False
        self._rows: list[Row] = []

    def live(self) -> list[Row]:
        random, calendar = self._random, self._traffic.calendar
        at_ms = calendar.first_visit_ms(random, self._place.utc_offset_hours)
        source = SOURCES.pick(random)
        while at_ms < self._end_ms:
            last_ms = self._visit(at_ms, source)
            if random.random() >= _RETURNING:
                break
            at_ms = calendar.next_visit_ms(random, last_ms, self._place.utc_offset_hours)
            source = DIRECT if random.random() < 0.5 else SOURCES.pick(random)
        return self._rows

    def _visit(self, at_ms: int, source: Source) -> int:
        random = self._random
        base = self._base
        if self._client_names_sessions:
            base = {**base, "session_id": f"s_{random.getrandbits(64):016x}"}
        landings = sites.LANDINGS_OF_SEEKERS if source.channel in sites.SEEKING_CHANNELS else sites.LANDINGS
        path = landings.pick(random)
        origin: Values = dict(source._asdict())
        query = source.query
        while path != LEAVE and at_ms < self._end_ms:
            here = {**base, **origin, **self._traffic.page(path)}
            self._add(
                rows.PAGEVIEWS, here, at_ms, url=f"{here['url']}{query}", properties=_page_properties(random, path)
            )
            open_ms = 2000 + int(random.expovariate(1 / 45_000))
            self._rows += self._traffic.engagements(here, at_ms, open_ms)
            at_ms += open_ms
            if random.random() < _AWAY_FOR_A_WHILE:
                at_ms += random.randrange(1_800_000, 7_200_000)
            query = ""
            origin = {**rows.FROM_THE_SITE, "referrer": str(here["url"])}
            path = self._act({**here, **origin}, path, at_ms)
        return at_ms

    def _act(self, here: Values, path: str, at_ms: int) -> str:
        """Return what is done on a page, and the page that follows."""
        random = self._random
        if path == "/signup" and not self._is_signed_up and random.random() < _SIGNING_UP:
            self._sign_up(here, at_ms)
            return "/welcome"
        if path == "/checkout" and random.random() < _PAYING:
            self._pay(here, at_ms)
            return "/thanks"
        if path.startswith("/blog/") and random.random() < _SUBSCRIBING:
            self._reach("newsletter", here, at_ms)
        elif path == "/customers" and random.random() < _ASKING_FOR_A_DEMO:
            self._reach("demo_request", here, at_ms, value=50.0, properties=_json(seats=random.choice((5, 20, 100))))
        return NEXT_PAGES[path].pick(random)

    def _sign_up(self, here: Values, at_ms: int) -> None:
        random = self._random
        self._is_signed_up = True
        method = random.choice(("password", "google", "github"))
        self._reach("signup", here, at_ms, properties=_json(method=method))
        email_hash = self._email_hash()
        self._add_identity(at_ms + 150, email_hash, traits=_json(email=email_hash, method=method, newsletter=True))
        if random.random() < 0.7:  # sent by the backend, which knows only the visitor
            trial_at_ms = at_ms + random.randrange(500, 60_000)
            self._reach("trial_started", self._unplaced, trial_at_ms, properties=_json(days=14))

    def _pay(self, here: Values, at_ms: int) -> None:
        random = self._random
        product = sites.PRODUCTS.pick(random)
        quantity = random.choice((1, 1, 1, 1, 2, 5))
        payment: Values = {
            "amount": round(product.amount * quantity, 2),
            "currency": sites.CURRENCIES.get(self._place.country, sites.DEFAULT_CURRENCY),
            "refund": 0,
            "transaction_id": f"tx_{random.getrandbits(64):016x}",
            "product_name": product.name,
            "quantity": quantity,
            "email_hash": self._email_hash(),
        }
        self._add(rows.VISITOR_PAYMENTS, here, at_ms, **payment, properties=_json(coupon=random.random() < 0.1))
        if random.random() < _REFUNDED:
            refund = {**payment, "refund": 1, "transaction_id": f"{payment['transaction_id']}_refund"}
            self._add(rows.VISITOR_PAYMENTS, self._unplaced, at_ms + random.randrange(DAY_MS, 7 * DAY_MS), **refund)

    def _reach(self, goal: str, here: Values, at_ms: int, *, value: float = 0, properties: str = "{}") -> None:
        currency = sites.DEFAULT_CURRENCY if value else ""
        self._add(rows.CUSTOM_GOALS, here, at_ms, goal_name=goal, value=value, currency=currency, properties=properties)

    def _add(self, datasource: str, here: Values, at_ms: int, **values: str | float) -> None:
        self._rows += self._traffic.row(datasource, at_ms, here, **values)

    def _add_identity(self, at_ms: int, external_id_hash: str, traits: str) -> None:
        who = {name: self._base[name] for name in ("workspace_id", "website_id", "visitor_id")}
        known: Values = {"external_id_hash": external_id_hash, "traits": traits}
        self._rows += self._traffic.row(rows.IDENTITIES, at_ms, {**who, **known})

    def _email_hash(self) -> str:
        return hashlib.sha256(f"{self._base['visitor_id']}@example.com".encode()).hexdigest()


def _page_properties(random: Random, path: str) -> str:
    return _json(variant=random.choice("ab")) if path == "/pricing" else "{}"


def _json(**values: str | float | bool) -> str:
    return json.dumps(values, separators=(",", ":"))
