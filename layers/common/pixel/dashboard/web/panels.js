// Goals, and who is there now.

import { html } from "./vendor/preact-htm.js";
import { Card } from "./card.js";
import { Rows } from "./list.js";
import { minutesSentence } from "./chart.js";
import { revenueText } from "./views.js";
import { few, percent, whole } from "./format.js";
import { savers } from "./files.js";

const LOWEST_TOP = 4; // of the bars of minutes, so that one visitor does not fill them

/** @typedef {{ board: import("./board.js").Board }} PanelProps */

/** @param {PanelProps} props */
export function Goals({ board }) {
  const answer = board.answer("goals");
  const goals = /** @type {GoalsAnswer | undefined} */ (answer?.data);
  const hasRevenue = [...(goals?.rows ?? []), goals?.others].some((row) => row?.revenue?.length);
  const most = Math.max(1, ...(goals?.rows ?? []).map((row) => row.conversions));
  return html`<${Card} id="goals" title="Goals" answer=${answer} tools=${savers(board, "goals")} isEmpty=${!goals?.rows.length && !goals?.others}
    emptyText="No goal was reached in this period." onRetry=${() => board.load(["goals"])}>
    ${goals && html`<div class="table-scroll" tabindex="0" role="region" aria-label="Rows of goals"><table class="table goals">
      <thead><tr><th scope="col">Goal</th><th scope="col" class="number wide-only">Visitors</th><th scope="col" class="number">Conversions</th><th scope="col" class="number">Rate</th>
        ${hasRevenue && html`<th scope="col" class="number wide-only">Revenue</th>`}</tr></thead>
      <tbody>${[...goals.rows, ...(goals.others ? [{ value: "Others", rate: null, ...goals.others }] : [])].map((row, place) => html`<tr key=${place} class=${place < goals.rows.length ? "" : "others"}>
        <th scope="row">${place < goals.rows.length && html`<span class="bar" style=${{ width: `${(row.conversions / most) * 100}%` }}></span>`}<span class="clip" title=${row.value}>${row.value}</span>
          <span class="narrow-only">${whole(row.visitors)} ${row.visitors === 1 ? "visitor" : "visitors"}${row.revenue?.length ? ` · ${revenueText(row)}` : ""}</span></th>
        <td class="number wide-only">${whole(row.visitors)}</td><td class="number">${whole(row.conversions)}</td><td class="number">${percent(row.rate)}</td>
        ${hasRevenue && html`<td class="number wide-only">${revenueText(row)}</td>`}</tr>`)}</tbody></table></div>`}
  <//>`;
}

/** @param {PanelProps} props */
export function Realtime({ board }) {
  const answer = board.answer("realtime");
  const realtime = /** @type {RealtimeAnswer | undefined} */ (answer?.data);
  const minutes = realtime?.minutes ?? [];
  const fewest = board.head.min_visitors;
  const most = Math.max(LOWEST_TOP, ...minutes.map(Number));
  return html`<${Card} id="realtime" title="Right now" answer=${answer} tools=${savers(board, "realtime", false)} onRetry=${() => board.load(["realtime"])}>
    ${realtime && html`<div class="now"><div class="now-numbers">
      <p class="now-number"><b>${few(realtime.now, fewest)}</b><span>${realtime.now === 1 ? "visitor" : "visitors"} in the last 5 minutes</span></p>
      <p class="now-number second"><b>${whole(realtime.last_30)}</b><span>in the last 30</span></p>
      <div class="minutes" role="img" aria-label=${minutesSentence(minutes)}>
        ${minutes.map((value, place) => html`<span key=${place} class=${`minute ${value === null ? "few" : value ? "" : "none"}`} title=${`${few(value, fewest)} · ${minutes.length - place} min ago`}
          style=${{ height: `${Math.max(4, (Number(value) / most) * 100)}%` }}></span>`)}</div>
      <p class="minutes-axis" aria-hidden="true"><span>30 min ago</span><span>now</span></p></div>
      ${(realtime.pages.length > 0 || realtime.others) && html`<${Rows} view="realtime" answer=${{ filter: realtime.filter, rows: realtime.pages, others: realtime.others }} filters=${board.allFilters()}
        onFilter=${board.toggleFilter} head="Now" most=${5} />`}
    </div>`}
  <//>`;
}
