// Revenue, funnel, retention and short links, which few dashboards show, and the chart as a table: loaded where wanted.

import { html } from "./vendor/preact-htm.js";
import { Card } from "./card.js";
import { axisText, revenueText } from "./views.js";
import { METRIC_NAMES, change, few, metricText, percent, pointText, valueText, whole } from "./format.js";
import { savers } from "./files.js";

const LOWEST_TOP = 4; // of the bars of clicks, so that one click does not fill them

/** @typedef {{ board: import("./board.js").Board }} PanelProps */

/** @param {PanelProps} props */
export function Revenue({ board }) {
  const answer = board.answer("revenue");
  const revenue = /** @type {RevenueAnswer | undefined} */ (answer?.data);
  const rows = revenue?.rows ?? [];
  const currencies = [...new Set(rows.map((row) => row.currency))];
  /** Amounts are compared with those of their currency alone. @param {string} currency */
  const most = (currency) => Math.max(1, ...rows.filter((row) => row.currency === currency).map((row) => Number(row.revenue)));
  const filters = board.allFilters();
  return html`<${Card} id="revenue" title="Revenue" answer=${answer} tools=${savers(board, "revenue", false)} isEmpty=${!rows.length && !revenue?.others}
    emptyText="No payment in this period." onRetry=${() => board.load(["revenue"])}>
    ${revenue && html`<div class="table-scroll" tabindex="0" role="region" aria-label="Rows of revenue"><table class="table goals">
      <thead><tr><th scope="col">Channel</th><th scope="col" class="number">Payments</th><th scope="col" class="number">Revenue</th></tr></thead>
      ${currencies.map((currency) => html`<tbody key=${currency}>
        ${currencies.length > 1 && html`<tr><th scope="rowgroup" colspan="3" class="group">${currency}</th></tr>`}
        ${rows.filter((row) => row.currency === currency).map((row) => html`<tr key=${row.value}>
          <th scope="row"><span class="bar" style=${{ width: `${Math.max(0, (Number(row.revenue) / most(currency)) * 100)}%` }}></span>
            ${row.value ? html`<button type="button" class="link clip" aria-pressed=${String(filters[revenue.filter] === row.value)} onClick=${() => board.toggleFilter(revenue.filter, row.value)}>${valueText("channels", row.value)}</button>`
            : html`<span class="clip">${valueText("channels", row.value)}</span>`}</th>
          <td class="number">${whole(row.payments)}</td><td class="number">${revenueText(row)}</td></tr>`)}</tbody>`)}
      ${revenue.others && html`<tbody><tr class="others"><th scope="row"><span class="clip">Others</span></th>
        <td class="number">${whole(revenue.others.payments)}</td><td class="number">${revenueText(revenue.others)}</td></tr></tbody>`}
    </table></div>`}
  <//>`;
}

/** @param {PanelProps} props */
export function Funnel({ board }) {
  const answer = board.answer("funnel");
  const steps = /** @type {FunnelAnswer | undefined} */ (answer?.data)?.steps ?? [];
  const first = Math.max(1, steps[0]?.visitors ?? 0);
  return html`<${Card} id="funnel" title="Funnel" answer=${answer} tools=${savers(board, "funnel", false)} isEmpty=${!steps.length}
    onRetry=${() => board.load(["funnel"])}>
    <ol class="funnel">${steps.map((step, place) => {
      const before = (place && steps[place - 1].visitors) || 0;
      const visitors = step.visitors ?? 0;
      const isKnown = step.visitors !== null;
      return html`<li key=${place}><p class="funnel-name"><span class="code" aria-hidden="true">${place + 1}</span><span class="clip" title=${step.value}>${step.value}</span>
          <b>${few(step.visitors, board.head.min_visitors)}</b><span class="faint">${isKnown ? percent(visitors / first) : ""}</span></p>
        <div class="funnel-bar">${isKnown && html`<span style=${{ width: `${(visitors / first) * 100}%` }}></span>`}</div>
        ${isKnown && before > 0 && html`<p class="funnel-lost">${whole(before - visitors)} left before this step (${percent(1 - visitors / before)})</p>`}</li>`;
    })}</ol>
  <//>`;
}

/** @param {PanelProps} props */
export function Retention({ board }) {
  const answer = board.answer("retention");
  const cohorts = /** @type {RetentionAnswer | undefined} */ (answer?.data)?.cohorts ?? [];
  const others = /** @type {RetentionAnswer | undefined} */ (answer?.data)?.others;
  const most = Math.max(0, ...cohorts.map((cohort) => cohort.kept.length));
  return html`<${Card} id="retention" title="Retention" answer=${answer} tools=${savers(board, "retention", false)} isEmpty=${!cohorts.length && !others}
    onRetry=${() => board.load(["retention"])}>
    <div class="table-scroll" tabindex="0" role="region" aria-label="Rows of retention"><table class="table retention">
      <thead><tr><th scope="col">First seen</th><th scope="col" class="number">Visitors</th>${Array.from({ length: most }, (_, place) => html`<th key=${place} scope="col" class="number">+${place}</th>`)}</tr></thead>
      <tbody>${cohorts.map((cohort) => html`<tr key=${cohort.at}><th scope="row">${axisText(undefined, cohort.at)}</th><td class="number">${whole(cohort.size)}</td>
        ${Array.from({ length: most }, (_, place) => {
          const kept = cohort.kept[place];
          if (kept === null) return html`<td key=${place} class="number heat heat-0" title="Too few visitors">–</td>`;
          const share = kept == null || !cohort.size ? null : kept / cohort.size;
          return html`<td key=${place} class=${`number heat heat-${share == null ? 0 : Math.ceil(share * 5)}`}>${share == null ? "" : percent(share)}</td>`;
        })}</tr>`)}
        ${others && html`<tr class="others"><th scope="row">Others</th><td class="number">${whole(others.visitors)}</td><td colspan=${most}></td></tr>`}</tbody></table></div>
  <//>`;
}

/** @param {{ now: number, before: number | undefined }} props */
function Change({ now, before }) {
  const by = change("visitors", now, before);
  if (!by) return null;
  if (by.isNew) return html`<span class="faint">new</span>`;
  const word = by.way > 0 ? "up" : by.way < 0 ? "down" : "no change";
  return html`<span class=${`delta ${by.way === 0 ? "" : by.isGood ? "good" : "bad"}`}><span aria-hidden="true">${by.way > 0 ? "▲" : by.way < 0 ? "▼" : ""}</span><span class="hidden">${word}</span> ${by.text}</span>`;
}

/** The clicks of the workspace's short links. @param {PanelProps} props */
export function Links({ board }) {
  const answer = board.answer("links");
  const links = /** @type {LinksAnswer | undefined} */ (answer?.data);
  const points = links?.points ?? [];
  const most = Math.max(LOWEST_TOP, ...points.map((point) => point.value ?? 0));
  const mostOfLink = Math.max(1, ...(links?.rows ?? []).map((row) => row.clicks));
  const granularity = answer?.span?.granularity ?? "day";
  const sentence = `Clicks in each ${granularity} of the period: most ${whole(Math.max(0, ...points.map((point) => point.value ?? 0)))}.`;
  return html`<${Card} id="links" title="Short links" answer=${answer} tools=${savers(board, "links", false)} isEmpty=${links && !links.now.clicks && !links.before?.clicks}
    emptyText="No short link was clicked in this period." onRetry=${() => board.load(["links"])}>
    ${links && html`<div class="now"><div class="now-numbers">
      <p class="now-number"><b data-number="clicks">${whole(links.now.clicks)}</b><span>${links.now.clicks === 1 ? "click" : "clicks"} <${Change} now=${links.now.clicks} before=${links.before?.clicks} /></span></p>
      <p class="now-number second"><b data-number="visitors">${whole(links.now.visitors)}</b><span>${links.now.visitors === 1 ? "visitor" : "visitors"}${links.now.scans ? `, ${whole(links.now.scans)} by QR code` : ""}</span></p>
      <div class="minutes" role="img" aria-label=${sentence}>
        ${points.map((point) => html`<span key=${point.at} class=${`minute ${point.value ? "" : "none"}`} title=${`${pointText(point.at, granularity, true)} · ${point.value === null ? "–" : whole(point.value)}`}
          style=${{ height: `${Math.max(4, ((point.value ?? 0) / most) * 100)}%` }}></span>`)}</div>
      <p class="minutes-axis" aria-hidden="true"><span>${points.length > 0 && pointText(points[0].at, granularity)}</span><span>${points.length > 1 && pointText(points[points.length - 1].at, granularity)}</span></p></div>
      ${(links.rows.length > 0 || links.others) && html`<div class="table-scroll" tabindex="0" role="region" aria-label="Links that were clicked most"><table class="table goals">
        <thead><tr><th scope="col">Link</th><th scope="col" class="number">Visitors</th><th scope="col" class="number">Clicks</th></tr></thead>
        <tbody>${links.rows.map((row) => html`<tr key=${row.value}><th scope="row"><span class="bar" style=${{ width: `${(row.clicks / mostOfLink) * 100}%` }}></span><span class="clip" title=${`/${row.value}`}>/${row.value}</span></th>
          <td class="number">${whole(row.visitors)}</td><td class="number">${whole(row.clicks)}</td></tr>`)}
          ${links.others && html`<tr class="others"><th scope="row"><span class="clip">Others</span></th><td class="number"></td><td class="number">${whole(links.others.clicks)}</td></tr>`}</tbody></table></div>`}
      ${links.ignored.length > 0 && html`<p class="faint note">Clicks have no page, so the filter by page does not narrow them.</p>`}
    </div>`}
  <//>`;
}

/**
 * @param {{ series: SeriesAnswer, span: Span | undefined }} props
 */
export function ChartTable({ series, span }) {
  const granularity = span?.granularity ?? "day";
  const name = METRIC_NAMES[series.metric];
  return html`<div class="chart-table" tabindex="0" role="region" aria-label=${`${name} as a table`}><table class="table">
    <thead><tr><th scope="col">${granularity === "hour" ? "Hour" : "Date"}</th><th scope="col" class="number">${name}</th>
      ${series.before && html`<th scope="col">Compared with</th><th scope="col" class="number">${name}</th>`}</tr></thead>
    <tbody>${series.points.map((point, place) => html`<tr key=${place}><th scope="row">${pointText(point.at, granularity, true)}</th>
      <td class="number">${metricText(series.metric, point.value)}</td>
      ${series.before && html`<td class="faint">${series.before[place] ? pointText(series.before[place].at, granularity, true) : ""}</td>
        <td class="number faint">${series.before[place] ? metricText(series.metric, series.before[place].value) : ""}</td>`}</tr>`)}</tbody>
  </table></div>`;
}
