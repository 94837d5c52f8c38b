// The head of the page: the website, who is there now, the menus, the filters in force.

import { html, useEffect, useRef, useState } from "./vendor/preact-htm.js";
import { Icon } from "./icons.js";
import { Menu } from "./menu.js";
import { COMPARE_NAMES, PERIOD_NAMES, few, filterName, filterText, spanText } from "./format.js";

const ANNOUNCED_SECONDS = 60;

/** @param {{ board: import("./board.js").Board }} props */
function Live({ board }) {
  const now = board.answer("realtime")?.data?.now;
  const fewest = board.head.min_visitors;
  const [announced, setAnnounced] = useState("");
  const last = useRef(0);
  useEffect(() => {
    const at = performance.now();
    if (now === undefined || (last.current && at - last.current < ANNOUNCED_SECONDS * 1000)) return;
    last.current = at;
    setAnnounced(`${few(now, fewest)} visitors right now`);
  });
  if (now === undefined) return null;
  return html`<p class="live" title="Visitors in the last 5 minutes"><span class=${now === 0 ? "pulse none" : "pulse"} aria-hidden="true"></span><span><b>${few(now, fewest)}</b> now</span>
    <span class="hidden" aria-live="polite">${announced}</span></p>`;
}

/** @param {{ board: import("./board.js").Board }} props */
function Chips({ board }) {
  const own = Object.entries(board.question.filters);
  const fixed = Object.entries(board.head.filters);
  if (!own.length && !fixed.length) return null;
  return html`<ul class="chips" aria-label="Filters">
    ${fixed.map(([name, value]) => html`<li key=${name} class="chip locked" title="This filter belongs to the link."><${Icon} name="lock" class="small" />
      <span class="chip-name">${filterName(name)}</span><span class="clip">${filterText(name, value)}</span><span class="hidden"> (fixed)</span></li>`)}
    ${own.map(([name, value]) => html`<li key=${name} class="chip"><span class="chip-name">${filterName(name)}</span><span class="clip">${filterText(name, value)}</span>
      <button type="button" aria-label=${`Remove the filter ${filterName(name)}: ${filterText(name, value)}`} onClick=${() => board.toggleFilter(name, value)}><${Icon} name="close" class="small" /></button></li>`)}
    ${own.length > 1 && html`<li key="all"><button type="button" class="link" onClick=${() => board.ask({ filters: {} })}>Clear all</button></li>`}
  </ul>`;
}

/**
 * @typedef {{ board: import("./board.js").Board, theme: string, onTheme: () => void }} HeaderProps
 */

/** @param {HeaderProps} props */
export function Header({ board, theme, onTheme }) {
  const { website, periods } = board.head;
  const { question, span } = board;
  const name = website.name || website.domain;
  const isCustom = question.period === "custom";
  const period = isCustom ? spanText(question.from, question.to) : (PERIOD_NAMES[question.period] ?? question.period);
  /** @param {string} value */
  const choosePeriod = (value) => (value === "custom" ? board.set({ isChoosingDays: true }) : board.ask({ period: value }));
  const hasComparison = board.panels.includes("summary") || board.panels.includes("series");
  const before = span?.compare_from && span.compare_to ? spanText(span.compare_from, span.compare_to) : undefined;
  return html`<header class="head"><div class="head-row">
      <div class="site"><span class="monogram" aria-hidden="true">${(name || "?").charAt(0).toUpperCase()}</span>
        <div class="site-text"><h1 class="clip">${name}</h1>${website.domain && website.domain !== name && html`<p class="clip">${website.domain}</p>`}</div>
        <${Live} board=${board} /></div>
      <div class="controls">
        <${Menu} label=${`Period: ${period}`} text=${period} icon="calendar" chosen=${question.period} onChoose=${choosePeriod}
          choices=${periods.map((value) => ({ value, label: value === "custom" ? "Custom range…" : (PERIOD_NAMES[value] ?? value) }))} />
        ${hasComparison && html`<${Menu} label=${`Comparison: ${COMPARE_NAMES[question.compare]}`} text=${COMPARE_NAMES[question.compare]} icon="compare" chosen=${question.compare}
          onChoose=${(/** @type {string} */ compare) => board.ask({ compare })}
          choices=${Object.entries(COMPARE_NAMES).map(([value, label]) => ({ value, label, hint: value === question.compare ? before : undefined }))} />`}
        <button type="button" class="icon-button theme" aria-label=${theme === "dark" ? "Use light colours" : "Use dark colours"} onClick=${onTheme}>
          <${Icon} name=${theme === "dark" ? "sun" : "moon"} /></button>
      </div>
    </div><${Chips} board=${board} /></header>`;
}
