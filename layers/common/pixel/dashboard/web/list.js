// A panel of rows with bars, in tabs.

import { html } from "./vendor/preact-htm.js";
import { Card } from "./card.js";
import { Icon } from "./icons.js";
import { LISTS, columnsOf, firstColumn, nameOf } from "./views.js";
import { METRIC_NAMES, percent, whole } from "./format.js";
import { savers } from "./files.js";

const COUNTRY_VIEWS = ["countries", "regions", "cities"];
const MOST = 9;

/**
 * @param {{ view: View, row: any }} props
 */
function Mark({ view, row }) {
  if (view === "devices" && ["desktop", "mobile", "tablet", "tv"].includes(row.value)) return html`<${Icon} name=${row.value} class="mark" />`;
  if (COUNTRY_VIEWS.includes(view)) {
    const code = view === "countries" ? row.value : row.country;
    return html`<span class="code" aria-hidden="true">${code || "··"}</span>`;
  }
  if (view === "referrers" || view === "ai") return html`<span class="code letter" aria-hidden="true">${(row.value || "–").replace(/^www\./, "").charAt(0)}</span>`;
  return null;
}

/**
 * @typedef {object} RowsProps
 * @property {View} view
 * @property {{ filter?: string | null, measure?: string, rows: any[], total?: number, others?: any }} answer
 * @property {Record<string, string>} filters
 * @property {(filter: string, value: string) => void} [onFilter]
 * @property {string} [head]
 * @property {number} [most]
 * @property {(row: any) => Child} [more] further numbers of a row
 */

/** @param {RowsProps} props */
export function Rows({ view, answer, filters, onFilter, head, most = MOST, more }) {
  const text = columnsOf(view, answer)[0].text;
  const rows = answer.rows.slice(0, most);
  const measure = answer.measure ?? "visitors";
  const largest = Math.max(1, ...rows.map((row) => row[measure]));
  const total = answer.total || 0;
  const filter = answer.filter;
  return html`<div class="rows">
    <div class="rows-head" aria-hidden="true"><span>${firstColumn(view)}</span><span>${head ?? METRIC_NAMES[/** @type {Metric} */ (measure)]}</span></div>
    <ol class="rows-list">
      ${rows.map((row) => {
        const isOn = Boolean(filter && row.value && filters[filter] === row.value);
        const content = html`<span class="row-name"><span class="bar" style=${{ width: `${(row[measure] / largest) * 100}%` }}></span>
            <${Mark} view=${view} row=${row} /><span class="clip">${text(row)}</span></span>
          ${more?.(row)}
          ${total > 0 && html`<span class="row-share">${percent(row[measure] / total)}</span>`}
          <span class="row-value">${whole(row[measure])}</span>`;
        return html`<li key=${`${row.country ?? ""}/${row.value}`}>
          ${filter && row.value && onFilter
            ? html`<button type="button" class="row" aria-pressed=${String(isOn)} title=${isOn ? `Filtered by ${text(row)}` : `Filter by ${text(row)}`}
                onClick=${() => onFilter(filter, row.value)}>${content}</button>`
            : html`<div class="row" title=${text(row)}>${content}</div>`}
        </li>`;
      })}
      ${answer.others && html`<li key="others"><div class="row others"><span class="row-name"><span class="clip">Others</span></span>
        ${total > 0 && html`<span class="row-share">${percent(answer.others[measure] / total)}</span>`}
        <span class="row-value">${whole(answer.others[measure])}</span></div></li>`}
    </ol>
  </div>`;
}

/**
 * @typedef {object} ListProps
 * @property {string} panel
 * @property {import("./board.js").Board} board
 * @property {string} [look]
 * @property {Child} [beside] what stands beside the rows
 * @property {{ value: string, label: string, act: () => void }[]} [tools]
 */

/** @param {ListProps} props */
export function ListPanel({ panel, board, look, beside, tools = [] }) {
  const { title, views } = LISTS[panel];
  const view = board.shownView(panel);
  const answer = board.answer(view);
  const list = /** @type {ListAnswer | undefined} */ (answer?.data);
  const details = () => board.openDetails(view);
  const name = nameOf(view);
  const saved = [
    { value: "details", label: "Details", act: details },
    ...savers(board, view),
    ...tools,
  ];
  return html`<${Card} id=${panel} title=${title} answer=${answer} views=${views} shown=${view} look=${look} tools=${saved}
    onShow=${(/** @type {View} */ chosen) => board.showView(panel, chosen)} isEmpty=${!list?.rows.length && !list?.others}
    onRetry=${() => board.load([view])}>
    ${list && html`<div class=${beside ? "split" : ""}>${beside}
      <div class="split-rows"><${Rows} view=${view} answer=${list} filters=${board.allFilters()}
        onFilter=${board.toggleFilter} />
        <button type="button" class="details" onClick=${details}><${Icon} name="expand" class="small" />Details<span class="hidden"> of ${name}</span></button></div>
    </div>`}
  <//>`;
}
