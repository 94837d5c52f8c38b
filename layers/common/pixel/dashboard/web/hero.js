// The tiles of the summary, which choose the metric, and its chart.

import { html, useRef, useState } from "./vendor/preact-htm.js";
import { Chart } from "./chart.js";
import { Later, Sentence, extras } from "./card.js";
import { Icon } from "./icons.js";
import { Menu } from "./menu.js";
import { METRICS } from "./address.js";
import { METRIC_NAMES, change, metricText, spanText } from "./format.js";
import { saveChartPicture, saveCsv } from "./files.js";

/** @type {Partial<Record<Metric, string>>} */
const NOTHING = { visitors: "No visits in this period.", sessions: "No visits in this period.", conversions: "No goal was reached in this period." };

/** @param {{ metric: Metric, now: number | null, before: number | null | undefined }} props */
function Delta({ metric, now, before }) {
  const by = change(metric, now, before);
  if (!by) return html`<span class="delta"></span>`;
  if (by.isNew) return html`<span class="faint">new</span>`;
  const word = by.way > 0 ? "up" : by.way < 0 ? "down" : "no change";
  return html`<span class=${`delta ${by.way === 0 ? "" : by.isGood ? "good" : "bad"}`}>
    <span aria-hidden="true">${by.way > 0 ? "▲" : by.way < 0 ? "▼" : ""}</span><span class="hidden">${word}</span> ${by.text}</span>`;
}

/** @param {{ board: import("./board.js").Board, hasChart: boolean }} props */
function Tiles({ board, hasChart }) {
  const answer = board.answer("summary");
  const summary = /** @type {SummaryAnswer | undefined} */ (answer?.data);
  if (answer?.state === "failed") {
    return html`<div class="tiles-failed"><${Sentence} code=${answer.code ?? ""} onRetry=${() => board.load(["summary"])} /></div>`;
  }
  return html`<div class="tiles" role="group" aria-label="Summary" aria-busy=${String(answer?.state === "loading")} data-panel="summary" data-state=${summary ? "ready" : "loading"}>
    ${METRICS.map((metric) => {
      const now = summary?.now[metric] ?? null;
      const isOn = hasChart && board.question.metric === metric;
      const content = html`<span class="tile-name">${METRIC_NAMES[metric]}</span>
        ${summary
          ? html`<span class="tile-value" data-metric=${metric}>${metricText(metric, now, true)}</span>
            <span class="tile-foot"><${Delta} metric=${metric} now=${now} before=${summary.before?.[metric]} />
              ${summary.before?.[metric] ? html`<span class="tile-before"><span class="hidden">before: </span><span aria-hidden="true">from </span>${metricText(metric, summary.before[metric], true)}</span>` : null}</span>`
          : html`<span class="bone tile-bone"></span><span class="bone tile-bone short"></span>`}`;
      return hasChart
        ? html`<button type="button" key=${metric} class="tile" aria-pressed=${String(isOn)} onClick=${() => board.ask({ metric })}>${content}</button>`
        : html`<div key=${metric} class="tile">${content}</div>`;
    })}
  </div>`;
}

/** @param {{ board: import("./board.js").Board, theme: string }} props */
export function Hero({ board, theme }) {
  const [isTable, setTable] = useState(false);
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const hasTiles = board.panels.includes("summary");
  const hasChart = board.panels.includes("series");
  const answer = board.answer("series");
  const series = /** @type {SeriesAnswer | undefined} */ (answer?.data);
  const metric = series?.metric ?? board.question.metric;
  const isEmpty = series && !series.points.some((point) => point.value) && !series.before?.some((point) => point.value);
  const code = answer?.state === "failed" ? (answer.code ?? "failed") : "";
  const span = answer?.span;
  const tools = [
    { value: "table", label: isTable ? "Show as chart" : "Show as table", act: () => setTable(!isTable) },
    { value: "csv", label: "Download CSV", act: () => saveCsv(board, "series") },
    ...(isTable || isEmpty ? [] : [{ value: "png", label: "Download PNG", act: () => canvas.current && saveChartPicture(board, canvas.current) }]),
  ];
  const isLonger = board.head.periods.includes("12mo") && board.question.period !== "12mo";
  return html`<section class="card hero" aria-label="Overview">
    ${hasTiles && html`<${Tiles} board=${board} hasChart=${hasChart} />`}
    ${hasChart && html`<div class="hero-chart" data-panel="series" data-state=${code || (series ? (isEmpty ? "empty" : "ready") : "loading")} aria-busy=${String(answer?.state === "loading")}>
      <header class="card-head chart-head">
        ${hasTiles ? html`<h2>${METRIC_NAMES[metric]}</h2>`
          : html`<${Menu} label=${`Metric: ${METRIC_NAMES[metric]}`} text=${METRIC_NAMES[metric]} chosen=${metric} look="button plain"
              choices=${METRICS.map((value) => ({ value, label: METRIC_NAMES[value] }))} onChoose=${(/** @type {Metric} */ value) => board.ask({ metric: value })} />`}
        ${series && span && html`<p class="legend"><span class="key"><span class="dot"></span>${spanText(span.from, span.to)}</span>
          ${series.before && span.compare_from && span.compare_to && html`<span class="key"><span class="dot dashed"></span>${spanText(span.compare_from, span.compare_to)}</span>`}</p>`}
        ${series && !code && html`<${Menu} label="More of the chart" text="" icon="more" look="icon-button" isBare choices=${tools}
          onChoose=${(/** @type {string} */ value) => tools.find((tool) => tool.value === value)?.act()} />`}
      </header>
      <div class="chart-body">
        ${code ? html`<${Sentence} code=${code} onRetry=${() => board.load(["series"])} />`
        : !series ? html`<div class="chart-bone bone" role="status"><span class="hidden">Loading</span></div>`
        : isTable ? html`<${Later} load=${extras} name="ChartTable" series=${series} span=${span} />`
        : isEmpty ? html`<div class="sentence"><${Icon} name="empty" class="large" />
            <p>${Object.keys(board.allFilters()).length ? "Nothing matches these filters in this period." : NOTHING[metric] ?? "Nothing to show in this period."}</p>
            ${isLonger && html`<button type="button" class="button" onClick=${() => board.ask({ period: "12mo" })}>Look at 12 months</button>`}</div>`
        : html`<${Chart} series=${series} span=${span} theme=${theme} onDrawn=${(/** @type {HTMLCanvasElement | null} */ drawn) => { canvas.current = drawn; }} />`}
      </div>
    </div>`}
  </section>`;
}
