// Revenue, funnel and retention, which few links share: loaded where they are.

import { html } from "./vendor/preact-htm.js";
import { Card } from "./card.js";
import { axisText, revenueText } from "./views.js";
import { percent, valueText, whole } from "./format.js";
import { savers } from "./files.js";

/** @typedef {{ board: import("./board.js").Board }} PanelProps */

/** @param {PanelProps} props */
export function Revenue({ board }) {
  const answer = board.answer("revenue");
  const revenue = /** @type {RevenueAnswer | undefined} */ (answer?.data);
  const most = Math.max(1, ...(revenue?.rows ?? []).map((row) => Number(row.revenue)));
  return html`<${Card} id="revenue" title="Revenue" answer=${answer} tools=${savers(board, "revenue", false)} isEmpty=${!revenue?.rows.length}
    emptyText="No payment in this period." onRetry=${() => board.load(["revenue"], { isFresh: true })}>
    ${revenue && html`<div class="table-scroll" tabindex="0" role="region" aria-label="Rows of revenue"><table class="table goals">
      <thead><tr><th scope="col">Channel</th><th scope="col" class="number">Payments</th><th scope="col" class="number">Revenue</th></tr></thead>
      <tbody>${revenue.rows.map((row) => html`<tr key=${`${row.value}/${row.currency}`}><th scope="row"><span class="bar" style=${{ width: `${Math.max(0, (Number(row.revenue) / most) * 100)}%` }}></span><span class="clip">${valueText("channels", row.value)}</span></th>
        <td class="number">${whole(row.payments)}</td><td class="number">${revenueText(row)}</td></tr>`)}</tbody></table></div>`}
  <//>`;
}

/** @param {PanelProps} props */
export function Funnel({ board }) {
  const answer = board.answer("funnel");
  const steps = /** @type {FunnelAnswer | undefined} */ (answer?.data)?.steps ?? [];
  const first = Math.max(1, steps[0]?.visitors ?? 0);
  return html`<${Card} id="funnel" title="Funnel" answer=${answer} tools=${savers(board, "funnel", false)} isEmpty=${!steps.length}
    onRetry=${() => board.load(["funnel"], { isFresh: true })}>
    <ol class="funnel">${steps.map((step, place) => {
      const before = place ? steps[place - 1].visitors : 0;
      return html`<li key=${place}><p class="funnel-name"><span class="code" aria-hidden="true">${place + 1}</span><span class="clip" title=${step.value}>${step.value}</span>
          <b>${whole(step.visitors)}</b><span class="faint">${percent(step.visitors / first)}</span></p>
        <div class="funnel-bar"><span style=${{ width: `${(step.visitors / first) * 100}%` }}></span></div>
        ${place > 0 && before > 0 && html`<p class="funnel-lost">${whole(before - step.visitors)} left before this step (${percent(1 - step.visitors / before)})</p>`}</li>`;
    })}</ol>
  <//>`;
}

/** @param {PanelProps} props */
export function Retention({ board }) {
  const answer = board.answer("retention");
  const cohorts = /** @type {RetentionAnswer | undefined} */ (answer?.data)?.cohorts ?? [];
  const most = Math.max(0, ...cohorts.map((cohort) => cohort.kept.length));
  return html`<${Card} id="retention" title="Retention" answer=${answer} tools=${savers(board, "retention", false)} isEmpty=${!cohorts.length}
    onRetry=${() => board.load(["retention"], { isFresh: true })}>
    <div class="table-scroll" tabindex="0" role="region" aria-label="Rows of retention"><table class="table retention">
      <thead><tr><th scope="col">First seen</th><th scope="col" class="number">Visitors</th>${Array.from({ length: most }, (_, place) => html`<th key=${place} scope="col" class="number">+${place}</th>`)}</tr></thead>
      <tbody>${cohorts.map((cohort) => html`<tr key=${cohort.at}><th scope="row">${axisText(undefined, cohort.at)}</th><td class="number">${whole(cohort.size)}</td>
        ${Array.from({ length: most }, (_, place) => {
          const kept = cohort.kept[place];
          const share = kept == null || !cohort.size ? null : kept / cohort.size;
          return html`<td key=${place} class=${`number heat heat-${share == null ? 0 : Math.ceil(share * 5)}`}>${share == null ? "" : percent(share)}</td>`;
        })}</tr>`)}</tbody></table></div>
  <//>`;
}
