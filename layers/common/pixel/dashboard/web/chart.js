// The chart of one metric over time, drawn by uPlot, with a read-out of our own.

import { html, useEffect, useRef, useState } from "./vendor/preact-htm.js";
import { uPlot } from "./vendor/uplot.js";
import { METRIC_NAMES, change, metricText, pointText, spanText, whole } from "./format.js";

const ROOM = 1.12; // above the highest point
const LINE = 2;
const COUNTS = [1, 2, 5, ...Array.from({ length: 9 }, (_, power) => [1, 2, 2.5, 5].map((step) => step * 10 ** (power + 1))).flat()];

/**
 * @typedef {{ values: (number | null)[], before: (number | null)[], labels: string[], open: number }} Lines
 */

/**
 * Lay both lines on one axis, by their places: the first point of the time before lies under the first of now.
 * @param {SeriesAnswer} series
 * @returns {Lines}
 */
export function linesOf(series) {
  const before = series.before ?? [];
  const length = Math.max(series.points.length, before.length);
  const places = Array.from({ length }, (_, place) => place);
  return {
    values: places.map((place) => series.points[place]?.value ?? null),
    before: places.map((place) => before[place]?.value ?? null),
    labels: places.map((place) => series.points[place]?.at ?? ((before[place]?.at.length ?? 0) > 10 ? before[place].at : "")),
    open: openPlace(series),
  };
}

/**
 * Return the place of the point that is not over, or -1. What lies ahead of it has no value.
 * @param {SeriesAnswer} series
 */
function openPlace(series) {
  const known = series.points.map((point) => point.value != null).lastIndexOf(true);
  return series.partial ? known : -1;
}

/**
 * Say in a sentence what the chart shows.
 * @param {SeriesAnswer} series
 * @param {Span | undefined} span
 */
export function chartSentence(series, span) {
  const known = series.points.filter((point) => point.value != null);
  if (!known.length) return `${METRIC_NAMES[series.metric]}: no data.`;
  const most = known.reduce((one, other) => (Number(other.value) > Number(one.value) ? other : one));
  const days = span ? `, ${spanText(span.from, span.to)}` : "";
  return `${METRIC_NAMES[series.metric]}${days}: ${known.length} points, highest ${metricText(series.metric, most.value)} at ${pointText(most.at, span?.granularity ?? "day", true)}.`;
}

/**
 * @param {HTMLElement} element
 * @param {string} name
 */
function colour(element, name) {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

/**
 * @param {object} how
 * @param {HTMLElement} how.host
 * @param {SeriesAnswer} how.series
 * @param {string} how.granularity
 * @param {(place: number | null) => void} how.onPlace
 * @returns {any}
 */
function drawn({ host, series, granularity, onPlace }) {
  const lines = linesOf(series);
  const { metric } = series;
  const [accent, faint, grid, text] = ["--accent", "--before", "--grid", "--muted"].map((name) => colour(host, name));
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  // In whole pixels: uPlot multiplies the digits before "px" by the density of the screen.
  const font = `500 ${Math.round(0.72 * rem)}px ${getComputedStyle(host).fontFamily}`;
  /** The width of the widest label. @param {any} u @param {string[]} labels */
  const widest = (u, labels) => {
    u.ctx.font = font;
    return Math.max(0, ...labels.map((label) => u.ctx.measureText(label).width));
  };
  /** How far labels under the outermost points reach beyond them. @param {any} u @param {string | undefined} label */
  const overhang = (u, label) => widest(u, [label ? pointText(label, granularity) : ""]) / 2 + rem * 0.125;
  const isOpen = lines.open > 0;
  const solid = lines.values.map((value, place) => (isOpen && place === lines.open ? null : value));
  const open = lines.values.map((value, place) => (isOpen && place >= lines.open - 1 ? value : null));
  const highest = Math.max(0, ...[...lines.values, ...lines.before].map((value) => value ?? 0));
  const isCount = metric !== "bounce_rate" && metric !== "session_duration";
  const top = highest ? highest * ROOM : isCount ? 4 : 1;
  const isOnePoint = series.points.filter((point) => point.value != null).length < 2;
  /** @param {any} u */
  const gradient = (u) => {
    const { top: from, height } = u.bbox;
    if (!Number.isFinite(from + height)) return "transparent";
    const filled = u.ctx.createLinearGradient(0, from, 0, from + height);
    filled.addColorStop(0, colour(host, "--accent-fill"));
    filled.addColorStop(1, colour(host, "--accent-fade"));
    return filled;
  };
  const curve = uPlot.paths.spline();
  const line = { stroke: accent, width: LINE, fill: gradient, points: { show: isOnePoint, size: 8, fill: accent }, spanGaps: false };
  const options = {
    width: host.clientWidth || 300,
    height: host.clientHeight || 240,
    padding: [rem * 0.5, (/** @type {any} */ u) => Math.ceil(Math.max(rem, overhang(u, lines.labels.at(-1)))), 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { setScale: false, x: false, y: false },
      points: { size: 10, width: 2.5, stroke: () => colour(host, "--card"), fill: (/** @type {any} */ _, /** @type {number} */ line) => (line === 1 ? faint : accent) },
    },
    scales: { x: { time: false, range: (/** @type {any} */ _, /** @type {number} */ min, /** @type {number} */ max) => (min === max ? [min - 1, max + 1] : [min, max]) }, y: { range: [0, top] } },
    axes: [
      {
        stroke: text, font, size: rem * 2, gap: rem * 0.5, grid: { show: false }, ticks: { show: false },
        space: rem * (granularity === "hour" ? 4 : 4.6), incrs: [1, 2, 3, 4, 5, 6, 7, 10, 14, 15, 20, 30, 60, 90, 120, 180],
        values: (/** @type {any} */ _, /** @type {number[]} */ places) => places.map((place) => (lines.labels[place] ? pointText(lines.labels[place], granularity) : "")),
      },
      {
        stroke: text, font, gap: rem * 0.6, ticks: { show: false }, grid: { stroke: grid, width: 1 }, space: rem * 2.6,
        ...(isCount ? { incrs: COUNTS } : {}),
        ...(metric === "session_duration" ? { incrs: [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200] } : {}),
        size: (/** @type {any} */ u, /** @type {string[] | null} */ values) =>
          Math.ceil(Math.max(widest(u, values ?? []) + rem * 0.9, overhang(u, lines.labels[0]))),
        values: (/** @type {any} */ _, /** @type {number[]} */ values) => values.map((value) => metricText(metric, value, true)),
      },
    ],
    series: [
      {},
      { stroke: faint, width: 1.5, dash: [4, 5], points: { show: false }, paths: curve },
      { ...line, paths: curve },
      { ...line, dash: [3, 4], paths: uPlot.paths.linear() },
    ],
    hooks: { setCursor: [(/** @type {any} */ u) => onPlace(u.cursor.left >= 0 ? u.cursor.idx : null)] },
  };
  const places = lines.values.map((_, place) => place);
  return new uPlot(options, [places, lines.before, solid, open], host);
}

/**
 * @typedef {{ series: SeriesAnswer, span: Span | undefined, theme: string, onDrawn: (canvas: HTMLCanvasElement | null) => void }} ChartProps
 */

/** @param {ChartProps} props */
export function Chart({ series, span, theme, onDrawn }) {
  const host = useRef(/** @type {HTMLElement | null} */ (null));
  const chart = useRef(/** @type {any} */ (null));
  const [place, setPlace] = useState(/** @type {number | null} */ (null));
  const granularity = span?.granularity ?? "day";

  useEffect(() => {
    const element = /** @type {HTMLElement} */ (host.current);
    const u = drawn({ host: element, series, granularity, onPlace: setPlace });
    chart.current = u;
    onDrawn(u.ctx.canvas);
    const resized = new ResizeObserver(() => {
      if (element.clientWidth && (u.width !== element.clientWidth || u.height !== element.clientHeight)) {
        u.setSize({ width: element.clientWidth, height: element.clientHeight });
      }
    });
    resized.observe(element);
    return () => {
      resized.disconnect();
      onDrawn(null);
      u.destroy();
    };
  }, [series, granularity, theme]);

  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const last = series.points.length - 1;
    const at = place ?? (event.key === "ArrowRight" ? -1 : last + 1);
    /** @type {Record<string, number>} */
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last };
    if (event.key === "Escape") chart.current.setCursor({ left: -10, top: -10 });
    if (!(event.key in to)) return;
    event.preventDefault();
    const chosen = Math.min(last, Math.max(0, to[event.key]));
    chart.current.setCursor({ left: chart.current.valToPos(chosen, "x"), top: 0 });
  };

  return html`<div class="chart" role="group" aria-label=${chartSentence(series, span)} aria-roledescription="chart" tabindex="0" onKeyDown=${onKey}
      onBlur=${() => chart.current?.setCursor({ left: -10, top: -10 })}>
    <div class="chart-host" ref=${host}></div>
    ${place != null && html`<${ReadOut} series=${series} place=${place} granularity=${granularity} chart=${chart.current} />`}
  </div>`;
}

/**
 * @param {{ series: SeriesAnswer, place: number, granularity: string, chart: any }} props
 */
function ReadOut({ series, place, granularity, chart }) {
  const now = series.points[place];
  const before = series.before?.[place];
  const by = change(series.metric, now?.value, before?.value);
  const axis = chart.bbox.left / devicePixelRatio;
  const x = axis + chart.valToPos(place, "x");
  const isRight = x > chart.width / 2;
  const isOpen = place === openPlace(series);
  return html`<div class=${isRight ? "read-out left" : "read-out"} role="status" style=${{ transform: `translateX(${Math.round(x)}px)` }}><div class="read-out-box">
    ${now && html`<p class="read-out-row"><span class="dot"></span><span>${pointText(now.at, granularity, true)}${isOpen ? " (so far)" : ""}</span>
      <b>${metricText(series.metric, now.value)}</b></p>`}
    ${before && html`<p class="read-out-row faint"><span class="dot dashed"></span><span>${pointText(before.at, granularity, true)}</span>
      <b>${metricText(series.metric, before.value)}</b></p>`}
    ${by && html`<p class=${`read-out-change ${by.way === 0 ? "" : by.isGood ? "good" : "bad"}`}>${by.way > 0 ? "▲" : by.way < 0 ? "▼" : ""} ${by.text}</p>`}
  </div></div>`;
}

/** @param {(number | null)[]} minutes */
export const minutesSentence = (minutes) => `Visitors in each of the last ${minutes.length} minutes: most ${whole(Math.max(0, ...minutes.map(Number)))}.`;
