// The page: opens a door, and shows the panels of its session.

import { html, render, useEffect, useMemo, useState } from "./vendor/preact-htm.js";
import { Fault, askData, openShare } from "./api.js";
import { Board } from "./board.js";
import { Guard, Later, extras } from "./card.js";
import { End, PasswordForm } from "./gate.js";
import { Goals, Realtime } from "./panels.js";
import { Header } from "./header.js";
import { Hero } from "./hero.js";
import { ListPanel } from "./list.js";
import { Places } from "./places.js";
import { Icon } from "./icons.js";
import { clockText } from "./format.js";
import { usualPeriod } from "./address.js";
import { readDoor } from "./door.js";

/** @type {Record<string, any>} */
const PANELS = { places: Places, goals: Goals, realtime: Realtime };
/** @type {Record<string, string>} */
const EXTRAS = { revenue: "Revenue", funnel: "Funnel", retention: "Retention", links: "Links" };
const dialogs = () => import("./dialog.js");
const THEME_KEY = "dashboard-theme";
const BUSY = "Too many requests just now. The page tries again by itself.";
/** @type {Record<string, string>} */
const NOTICES = {
  offline: "You are offline. The numbers are those of the last time.",
  unreachable: "The server does not answer. The page tries again by itself.",
  unreadable: "The server answers something else than numbers. The page tries again by itself.",
  too_many_attempts: BUSY,
  rate_limit_exceeded: BUSY,
};

/** @returns {string} the reader's choice, where the browser keeps one */
function keptTheme() {
  try {
    return localStorage.getItem(THEME_KEY) ?? "";
  } catch {
    return ""; // storage is refused to embedded pages by some browsers
  }
}

/**
 * @param {Door} door
 * @param {string | undefined} usual the theme of the link
 * @returns {[string, () => void]}
 */
function useTheme(door, usual) {
  const system = useMemo(() => matchMedia("(prefers-color-scheme: dark)"), []);
  const [chosen, setChosen] = useState(keptTheme);
  const [isDark, setDark] = useState(system.matches);
  useEffect(() => {
    const onChange = () => setDark(system.matches);
    system.addEventListener("change", onChange);
    return () => system.removeEventListener("change", onChange);
  }, []);
  const wish = [door.theme, chosen, usual].find((theme) => theme === "light" || theme === "dark");
  const theme = wish ?? (isDark ? "dark" : "light");
  document.documentElement.dataset.theme = theme;
  const toggle = () => {
    const next = theme === "dark" ? "light" : "dark";
    door.theme = "";
    setChosen(next);
    try {
      localStorage.setItem(THEME_KEY, next);
    } catch {
      // it holds until the page is left
    }
  };
  return [theme, toggle];
}

/** @param {{ door: Door }} props */
function App({ door }) {
  const [opened, setOpened] = useState(/** @type {Opened | null} */ (null));
  const [code, setCode] = useState("");
  const [theme, onTheme] = useTheme(door, opened?.theme);
  /** @param {unknown} error */
  const refuse = (error) => {
    setOpened(null);
    setCode(error instanceof Fault ? error.code : "failed");
  };
  /** @param {string} [password] */
  const open = async (password) => {
    const answer = door.token ? await openShare(door.token, password)
      : { ...(await askData(door.session, new URLSearchParams({ panels: "" }))), session: door.session };
    setCode("");
    setOpened(answer);
    return /** @type {Opened} */ (answer);
  };
  const start = () => {
    setCode("");
    if (door.token || door.session) open().catch(refuse);
    else setCode("no_session");
  };
  useEffect(start, []);
  // Without a password a link is opened again unseen; else the form, or the end of an owner's session, is shown.
  const renew = async () => {
    try {
      if (!door.token) throw new Fault("session_expired");
      return await openShare(door.token);
    } catch (error) {
      if (!(error instanceof Fault && error.isPassing)) refuse(error);
      throw error;
    }
  };
  if (code === "password_required") return html`<${PasswordForm} onOpen=${open} />`;
  if (code) return html`<${End} code=${code} onRetry=${["share_not_found", "session_expired", "no_session"].includes(code) ? undefined : start} />`;
  return opened ? html`<${Dashboard} key=${opened.session} opened=${opened} door=${door} renew=${renew} theme=${theme} onTheme=${onTheme} />` : html`<${Opening} />`;
}

function Opening() {
  return html`<main class="opening" role="status"><span class="hidden">Loading</span><div class="bone opening-head"></div><div class="bone opening-hero"></div>
    <div class="grid"><div class="bone opening-card"></div><div class="bone opening-card"></div></div></main>`;
}

/**
 * @param {{ opened: Opened, door: Door, renew: () => Promise<Opened>, theme: string, onTheme: () => void }} props
 */
function Dashboard({ opened, door, renew, theme, onTheme }) {
  const board = useMemo(() => new Board(opened, door, renew), []);
  const [, tick] = useState(0);
  useEffect(() => {
    const end = board.subscribe(() => tick((count) => count + 1));
    const stop = board.start();
    return () => {
      end();
      stop();
    };
  }, []);
  const { website } = board.head;
  document.title = `${website.name || website.domain} · Dashboard`;
  if (!board.panels.length) return html`<${End} code="panel_not_shared" />`;
  const isHero = board.panels.includes("summary") || board.panels.includes("series");
  const rest = board.panels.filter((panel) => panel !== "summary" && panel !== "series");
  const narrow = rest.filter((panel) => panel !== "places");
  const lone = narrow.length % 2 ? narrow[narrow.length - 1] : "";
  const countsByDay = website.pixel_mode === "cookieless" && !["today", "yesterday"].includes(board.question.period);
  const closeDetails = () => board.set({ details: "" });
  return html`<div class=${`page${door.isEmbedded ? " embedded" : ""}${door.panel ? " single" : ""}`}>
    <a class="skip" href="#panels" onClick=${skip}>Skip to the numbers</a>
    <${Header} board=${board} theme=${theme} onTheme=${onTheme} />
    <main id="panels" tabindex="-1">
      ${board.notice in NOTICES && !board.hasFailed() && html`<div class="notice" role="status"><${Icon} name=${board.notice === "offline" || board.notice === "unreachable" ? "cloud" : "warn"} /><p>${NOTICES[board.notice]}</p>
        <button type="button" class="button" onClick=${() => board.loadAll()}>Retry</button></div>`}
      ${board.hasFailed()
        ? html`<${AllFailed} board=${board} />`
        : html`${isHero && html`<${Guard}><${Hero} board=${board} theme=${theme} /><//>`}
          <div class="grid">${rest.map((panel) => {
            const Panel = PANELS[panel];
            const shown = Panel ? html`<${Panel} board=${board} />` : panel in EXTRAS ? html`<${Later} load=${extras} name=${EXTRAS[panel]} board=${board} />` : html`<${ListPanel} panel=${panel} board=${board} />`;
            return panel === "places" ? html`<div class="wide" key=${panel}><${Guard}>${shown}<//></div>` : html`<div class=${panel === lone ? "wide" : "cell"} key=${panel}><${Guard}>${shown}<//></div>`;
          })}</div>`}
    </main>
    <footer class="foot"><p>Times in ${website.timezone}</p>${countsByDay && html`<p>The browser pixel sets no cookie: a person who returns on another day counts again</p>`}${board.asOf && html`<p>Read at ${clockText(board.asOf, website.timezone)}</p>`}</footer>
    ${board.details && html`<${Later} load=${dialogs} name="Details" view=${board.details} read=${() => board.readDetails(board.details)} onFilter=${board.toggleFilter} onClose=${closeDetails} />`}
    ${board.isChoosingDays && html`<${Later} load=${dialogs} name="Days" from=${board.span?.from.slice(0, 10) ?? ""} to=${board.span?.to.slice(0, 10) ?? ""} onClose=${() => board.set({ isChoosingDays: false })}
      onChoose=${(/** @type {string} */ from, /** @type {string} */ to) => { board.set({ isChoosingDays: false }); board.ask({ period: "custom", from, to }); }} />`}
  </div>`;
}

/** @param {{ board: Board }} props */
function AllFailed({ board }) {
  const showAll = () => board.ask({ period: usualPeriod(board.head.periods), filters: {} });
  const retry = { label: "Retry", act: () => board.loadAll() };
  /** @type {Record<string, [title: string, text: string, way: { label: string, act: () => void } | undefined, icon?: string]>} */
  const sentences = {
    invalid_query: ["This address cannot be shown", "It asks for a filter or for days that do not exist.", { label: "Show the dashboard without it", act: showAll }],
    too_few_visitors: ["Too few visitors to show", `This dashboard shows numbers of ${board.head.min_visitors} visitors or more.`,
      Object.keys(board.question.filters).length ? { label: "Remove the filters", act: () => board.ask({ filters: {} }) } : undefined, "lock"],
    offline: ["You are offline", "The numbers come when you are connected again.", retry, "cloud"],
    unreachable: ["The server does not answer", "The numbers are not gone. The page tries again by itself.", retry, "cloud"],
  };
  const [title, text, way, icon] = sentences[board.failure()] ?? ["The numbers cannot be read just now", "They are not gone. Try again in a moment.", retry];
  return html`<section class="card all-failed" role="status" data-state="failed"><${Icon} name=${icon ?? "warn"} class="large" />
    <h2>${title}</h2><p>${text}</p>
    ${way && html`<button type="button" class="button primary" onClick=${way.act}>${way.label}</button>`}</section>`;
}

/** Move the focus without changing the address, whose fragment may hold a session. @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById("panels")?.focus();
}

const root = /** @type {HTMLElement} */ (document.getElementById("page"));
root.replaceChildren();
render(html`<${App} door=${readDoor(location)} />`, root);
