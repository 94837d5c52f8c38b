// The frame of a panel, and what stands in it while there is nothing to show.

import { html, useEffect, useErrorBoundary, useRef, useState } from "./vendor/preact-htm.js";
import { Icon } from "./icons.js";
import { Menu } from "./menu.js";

/** @type {Record<string, [icon: string, text: string]>} */
const SENTENCES = {
  empty: ["empty", "No data in this period."],
  offline: ["cloud", "You are offline."],
  unreachable: ["cloud", "The server does not answer."],
  too_many_attempts: ["warn", "Too many requests just now."],
  rate_limit_exceeded: ["warn", "Too many requests just now."],
  too_few_visitors: ["lock", "Too few visitors to show their numbers."],
  panel_not_shared: ["lock", "This part is not shared."],
};
const FAILED = ["warn", "These numbers could not be read."];

/**
 * @param {{ code: string, text?: string, onRetry?: () => void }} props
 */
export function Sentence({ code, text, onRetry }) {
  if (code === "loading") {
    return html`<div class="bones" role="status"><span class="hidden">Loading</span>
      ${[92, 74, 61, 47, 38, 30, 22].map((width) => html`<div class="bone" key=${width} style=${{ width: `${width}%` }}></div>`)}</div>`;
  }
  const [icon, usual] = SENTENCES[code] ?? FAILED;
  return html`<div class="sentence" role="status">
    <${Icon} name=${icon} class="large" />
    <p>${text ?? usual}</p>
    ${onRetry && code !== "panel_not_shared" && code !== "too_few_visitors" && html`<button type="button" class="button" onClick=${onRetry}>Retry</button>`}
  </div>`;
}

/**
 * @param {{ views: { view: View, label: string }[], shown: View, onShow: (view: View) => void, label: string, id: string }} props
 */
function Tabs({ views, shown, onShow, label, id }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const at = views.findIndex(({ view }) => view === shown);
    /** @type {Record<string, number>} */
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: views.length - 1 };
    if (!(event.key in to)) return;
    event.preventDefault();
    const place = (to[event.key] + views.length) % views.length;
    onShow(views[place].view);
    /** @type {HTMLElement | undefined} */ (list.current?.children[place])?.focus();
  };
  return html`<div class="tabs" role="tablist" aria-label=${label} ref=${list} onKeyDown=${onKey}>
    ${views.map(({ view, label: text }) => html`<button type="button" key=${view} role="tab" class="tab" id=${`${id}-${view}`}
      aria-selected=${String(view === shown)} aria-controls=${`${id}-body`} tabindex=${view === shown ? 0 : -1}
      onClick=${() => onShow(view)}>${text}</button>`)}
  </div>`;
}

/**
 * Keep the page alive if a panel cannot be drawn.
 * @param {{ children?: Child }} props
 */
export function Guard({ children }) {
  const [error, again] = useErrorBoundary();
  return error ? html`<section class="card" data-state="failed"><${Sentence} code="failed" onRetry=${again} /></section>` : children;
}

export const extras = () => import("./extras.js");

/**
 * Show a component of a module that is loaded for it.
 * @param {{ load: () => Promise<any>, name: string, [prop: string]: any }} props
 */
export function Later({ load, name, ...props }) {
  const [loaded, setLoaded] = useState(/** @type {any} */ (null));
  useEffect(() => {
    load().then(setLoaded, () => setLoaded({ [name]: () => html`<${Sentence} code="offline" />` }));
  }, []);
  return loaded && html`<${loaded[name]} ...${props} />`;
}

/**
 * @typedef {object} CardProps
 * @property {string} id
 * @property {string} title
 * @property {Answer | undefined} answer
 * @property {{ view: View, label: string }[]} [views] tabs
 * @property {View} [shown]
 * @property {(view: View) => void} [onShow]
 * @property {{ value: string, label: string, act: () => void }[]} [tools]
 * @property {Child} [aside] what stands beside the title
 * @property {boolean} [isEmpty]
 * @property {string} [emptyText]
 * @property {() => void} onRetry
 * @property {string} [look]
 * @property {Child} [children]
 */

/** @param {CardProps} props */
export function Card({ id, title, answer, views, shown, onShow, tools = [], aside, isEmpty, emptyText, onRetry, look = "", children }) {
  const hasTabs = views && views.length > 1 && onShow && shown;
  const code = answer?.state === "failed" ? (answer.code ?? "failed") : answer?.data === undefined ? "loading" : isEmpty ? "empty" : "";
  const tabs = hasTabs ? { role: "tabpanel", id: `${id}-body`, "aria-labelledby": `${id}-${shown}` } : {};
  return html`<section class=${`card ${look}`} aria-labelledby=${`${id}-title`} aria-busy=${String(answer?.state === "loading")} data-panel=${id} data-state=${code || "ready"}>
    <header class="card-head">
      <h2 class=${hasTabs ? "hidden" : ""} id=${`${id}-title`}>${title}</h2>
      ${hasTabs && html`<${Tabs} views=${views} shown=${shown} onShow=${onShow} label=${title} id=${id} />`}
      ${aside}
      ${!code && tools.length > 0 && html`<${Menu} label=${`More of ${title}`} text="" icon="more" look="icon-button" isBare
        choices=${tools} onChoose=${(/** @type {string} */ value) => tools.find((tool) => tool.value === value)?.act()} />`}
    </header>
    <div class="card-body" ...${tabs}>
      ${code ? html`<${Sentence} code=${code} text=${code === "empty" ? emptyText : undefined} onRetry=${code === "empty" || code === "loading" ? undefined : onRetry} />` : children}
    </div>
  </section>`;
}
