// Goals, and who is there now.

import { html } from "./vendor/preact-htm.js";
import { Card } from "./card.js";
import { Rows } from "./list.js";
import { minutesSentence } from "./chart.js";
import { revenueText } from "./views.js";
import { percent, whole } from "./format.js";
import { savers } from "./files.js";

/** @typedef {{ board: import("./board.js").Board }} PanelProps */

/** @param {PanelProps} props */
export function Goals({ board }) {
  const answer = board.answer("goals");
  const goals = /** @type {GoalsAnswer | undefined} */ (answer?.data);
  const hasRevenue = goals?.rows.some((row) => row.revenue?.length);
  const most = Math.max(1, ...(goals?.rows ?? []).map((row) => row.conversions));
  return html`<${Card} id="goals" title="Goals" answer=${answer} tools=${savers(board, "goals")} isEmpty=${!goals?.rows.length}
    emptyText="No goal was reached in this period." onRetry=${() => board.load(["goals"], { isFresh: true })}>
    ${goals && html`<div class="table-scroll" tabindex="0" role="region" aria-label="Rows of goals"><table class="table goals">
      <thead><tr><th scope="col">Goal</th><th scope="col" class="number">Visitors</th><th scope="col" class="number">Conversions</th><th scope="col" class="number">Rate</th>
        ${hasRevenue && html`<th scope="col" class="number">Revenue</th>`}</tr></thead>
      <tbody>${goals.rows.map((row) => html`<tr key=${row.value}><th scope="row"><span class="bar" style=${{ width: `${(row.conversions / most) * 100}%` }}></span><span class="clip" title=${row.value}>${row.value}</span></th>
        <td class="number">${whole(row.visitors)}</td><td class="number">${whole(row.conversions)}</td><td class="number">${percent(row.rate)}</td>
        ${hasRevenue && html`<td class="number">${revenueText(row)}</td>`}</tr>`)}</tbody></table></div>`}
  <//>`;
}

/** @param {PanelProps} props */
export function Realtime({ board }) {
  const answer = board.answer("realtime");
  const realtime = /** @type {RealtimeAnswer | undefined} */ (answer?.data);
  const minutes = realtime?.minutes ?? [];
  const most = Math.max(1, ...minutes);
  return html`<${Card} id="realtime" title="Right now" answer=${answer} tools=${savers(board, "realtime", false)} onRetry=${() => board.load(["realtime"], { isFresh: true })}>
    ${realtime && html`<div class="now">
      <p class="now-number"><b>${whole(realtime.now)}</b><span>${realtime.now === 1 ? "visitor" : "visitors"} in the last 5 minutes</span></p>
      <p class="now-number second"><b>${whole(realtime.last_30)}</b><span>in the last 30</span></p>
      <div class="minutes" role="img" aria-label=${minutesSentence(minutes)}>
        ${minutes.map((value, place) => html`<span key=${place} class=${value ? "minute" : "minute none"} title=${`${whole(value)} · ${minutes.length - place} min ago`}
          style=${{ height: `${Math.max(4, (value / most) * 100)}%` }}></span>`)}</div>
      <p class="minutes-axis" aria-hidden="true"><span>30 min ago</span><span>now</span></p>
      ${realtime.pages.length > 0 && html`<${Rows} view="realtime" answer=${{ rows: realtime.pages }} filters=${{}} head="Now" most=${5} />`}
    </div>`}
  <//>`;
}
