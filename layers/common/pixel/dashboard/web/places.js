// Where visitors are: a map, and beside it the rows, which are the first reading.

import { html, useEffect, useRef, useState } from "./vendor/preact-htm.js";
import { ListPanel } from "./list.js";
import { percent, valueText, whole } from "./format.js";
import { saveMapPicture } from "./files.js";

const STEPS = 7;

/**
 * Return how strongly a country is coloured, from 1 to STEPS; by the root, or one country would make all others pale.
 * @param {number} visitors
 * @param {number} most
 */
function step(visitors, most) {
  return visitors ? Math.max(1, Math.round(Math.sqrt(visitors / most) * STEPS)) : 0;
}

/** @param {{ board: import("./board.js").Board, world: any }} props */
function WorldMap({ board, world }) {
  const [at, setAt] = useState(/** @type {{ code: string, x: number, y: number } | null} */ (null));
  const root = useRef(/** @type {HTMLElement | null} */ (null));
  const answer = /** @type {ListAnswer | undefined} */ (board.answer("countries")?.data);
  const rows = answer?.rows ?? [];
  const visitors = new Map(rows.map((row) => [row.value, Number(row.visitors)]));
  const most = Math.max(1, ...rows.map((row) => Number(row.visitors)));
  const chosen = board.allFilters().country;
  /** @param {PointerEvent} event */
  const onMove = (event) => {
    const code = /** @type {Element} */ (event.target).getAttribute("data-code") ?? "";
    const box = root.current?.getBoundingClientRect();
    setAt(code.length === 2 && box ? { code, x: event.clientX - box.left, y: event.clientY - box.top } : null);
  };
  /** @param {Event} event */
  const onClick = (event) => {
    const code = /** @type {Element} */ (event.target).getAttribute("data-code") ?? "";
    if (answer?.filter && visitors.has(code)) board.toggleFilter(answer.filter, code);
  };
  const first = rows.find((row) => row.value);
  const sentence = first ? `Map of visitors by country; most from ${valueText("countries", first.value)}. The rows beside it have the numbers.` : "Map of visitors by country.";
  const width = root.current?.clientWidth ?? 0;
  return html`<div class="map" ref=${root} onPointerMove=${onMove} onPointerLeave=${() => setAt(null)}>
    <svg viewBox=${`-4 -4 ${world.WORLD_WIDTH + 8} ${world.WORLD_HEIGHT + 8}`} role="img" aria-label=${sentence} onClick=${onClick}>
      ${Object.entries(world.WORLD).map(([code, path]) => html`<path key=${code} d=${path} data-code=${code}
        class=${`land step-${step(visitors.get(code) ?? 0, most)}${chosen === code ? " chosen" : ""}`} />`)}
    </svg>
    ${at && html`<div class=${`map-tip${at.x > width - 160 ? " left" : ""}`} style=${{ transform: `translate(${Math.round(at.x)}px, ${Math.round(at.y)}px)` }}><div class="read-out-box">
      <p class="read-out-row"><span>${valueText("countries", at.code)}</span><b>${whole(visitors.get(at.code) ?? 0)}</b></p>
      ${visitors.has(at.code) && answer?.total ? html`<p class="faint">${percent((visitors.get(at.code) ?? 0) / answer.total)} of visitors</p>` : null}</div></div>`}
  </div>`;
}

/** @param {{ board: import("./board.js").Board }} props */
export function Places({ board }) {
  const [world, setWorld] = useState(/** @type {any} */ (null));
  const root = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      import("./world.js").then(setWorld, () => setWorld(null));
    });
    seen.observe(/** @type {HTMLElement} */ (root.current));
    return () => seen.disconnect();
  }, []);
  const isMap = board.shownView("places") === "countries";
  const beside = isMap ? (world ? html`<${WorldMap} board=${board} world=${world} />` : html`<div class="map"></div>`) : null;
  const tools = isMap && world ? [{ value: "map", label: "Download map as PNG", act: () => saveMapPicture(board, world) }] : [];
  return html`<div class="wide" ref=${root}><${ListPanel} panel="places" board=${board} look="places" beside=${beside} tools=${tools} /></div>`;
}
