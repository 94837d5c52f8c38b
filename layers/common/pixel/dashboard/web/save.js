// Files that the browser makes: rows as CSV, panels as PNG.

import { METRIC_NAMES, filterName, filterText, percent, spanText, valueText, whole } from "./format.js";
import { nameOf } from "./views.js";

const BYTE_ORDER_MARK = "\ufeff"; // by which Excel knows UTF-8
const FORMULA = /^[=+\-@\t\r]/;
const SCALE = 2;
const MARGIN = 32;
const HEAD = 84;
const WIDTH = 960;
const ROW = 40;

/**
 * @param {Blob} blob
 * @param {string} name
 */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * Write rows as CSV (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe.
 * @param {(string | number | null)[][]} rows
 */
export function csvText(rows) {
  const cell = (/** @type {string | number | null} */ value) => {
    const text = typeof value === "string" && FORMULA.test(value) ? `'${value}` : String(value ?? "");
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

/**
 * Return the rows of an answer as a table of texts, for a file.
 * @param {View} view
 * @param {any} answer
 * @param {Span | undefined} span
 * @returns {(string | number | null)[][]}
 */
function tableOf(view, answer, span) {
  if (view === "series") {
    const rows = answer.points.map((/** @type {Point} */ point, /** @type {number} */ place) => {
      const before = answer.before?.[place];
      return answer.before ? [point.at, point.value, before?.at ?? "", before?.value ?? ""] : [point.at, point.value];
    });
    return [["at", answer.metric, ...(answer.before ? ["before_at", `before_${answer.metric}`] : [])], ...rows];
  }
  if (view === "summary") {
    const metrics = Object.keys(answer.now);
    return [["metric", "now", "before"], ...metrics.map((metric) => [metric, answer.now[metric], answer.before?.[metric] ?? ""])];
  }
  if (view === "realtime") return tableOf("rows", { rows: answer.pages }, span);
  if (view === "funnel") return tableOf("rows", { rows: answer.steps }, span);
  if (view === "retention") {
    const most = Math.max(0, ...answer.cohorts.map((/** @type {any} */ cohort) => cohort.kept.length));
    const after = Array.from({ length: most }, (_, place) => `after_${place}`);
    return [["cohort", "visitors", ...after], ...answer.cohorts.map((/** @type {any} */ cohort) => [cohort.at, cohort.size, ...cohort.kept])];
  }
  const keys = [...new Set(answer.rows.flatMap((/** @type {any} */ row) => Object.keys(row)))].map(String);
  const rows = [...answer.rows, ...(answer.others ? [{ ...answer.others, value: "(others)" }] : [])];
  return [keys, ...rows.map((row) => keys.map((key) => cell(row[key])))];
}

/** @param {any} value */
function cell(value) {
  return Array.isArray(value) ? value.map((money) => `${money.value} ${money.currency}`).join(" + ") : (value ?? "");
}

/**
 * @param {import("./board.js").Board} board
 * @param {string} view
 * @param {string} ending
 */
function fileName(board, view, ending) {
  const span = board.span ? `_${board.span.from.slice(0, 10)}_${board.span.to.slice(0, 10)}` : "";
  return `${board.head.website.domain || "website"}_${view}${span}.${ending}`.replace(/[^\w.-]+/g, "-");
}

/** @param {import("./board.js").Board} board @param {View} view */
export function saveCsv(board, view) {
  const answer = board.answer(view);
  if (!answer?.data) return;
  const text = BYTE_ORDER_MARK + csvText(tableOf(view, answer.data, answer.span));
  save(new Blob([text], { type: "text/csv;charset=utf-8" }), fileName(board, view, "csv"));
}

/**
 * Make a picture with a title, and save it.
 * @param {import("./board.js").Board} board
 * @param {{ view: string, title: string, height: number }} what
 * @param {(context: CanvasRenderingContext2D, ink: (name: string) => string, font: string) => void} draw
 */
function picture(board, { view, title, height }, draw) {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH * SCALE;
  canvas.height = (height + HEAD + MARGIN) * SCALE;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const styles = getComputedStyle(document.body);
  const ink = (/** @type {string} */ name) => styles.getPropertyValue(name).trim();
  const font = styles.fontFamily;
  context.scale(SCALE, SCALE);
  context.fillStyle = ink("--card");
  context.fillRect(0, 0, WIDTH, canvas.height);
  context.fillStyle = ink("--text");
  context.font = `650 20px ${font}`;
  context.fillText(title, MARGIN, 42);
  const filters = Object.entries(board.allFilters()).map(([name, value]) => `${filterName(name)}: ${filterText(name, value)}`);
  const below = [board.head.website.name, board.span ? spanText(board.span.from, board.span.to) : "", ...filters].filter(Boolean).join("  ·  ");
  context.fillStyle = ink("--muted");
  context.font = `14px ${font}`;
  context.fillText(below, MARGIN, 66, WIDTH - 2 * MARGIN);
  context.translate(MARGIN, HEAD);
  draw(context, ink, font);
  canvas.toBlob((blob) => blob && save(blob, fileName(board, view, "png")), "image/png");
}

/** @param {import("./board.js").Board} board @param {HTMLCanvasElement} chart */
export function saveChartPicture(board, chart) {
  const width = WIDTH - 2 * MARGIN;
  const height = Math.round((chart.height / chart.width) * width);
  picture(board, { view: "series", title: METRIC_NAMES[board.question.metric], height }, (context) => {
    context.drawImage(chart, 0, 0, width, height);
  });
}

/** @param {import("./board.js").Board} board @param {View} view */
export function saveRowsPicture(board, view) {
  const answer = board.answer(view)?.data;
  const rows = /** @type {any[]} */ (answer?.rows ?? []);
  const width = WIDTH - 2 * MARGIN;
  const measure = answer?.measure ?? (view === "goals" ? "conversions" : "visitors");
  const most = Math.max(1, ...rows.map((row) => row[measure]));
  picture(board, { view, title: nameOf(view), height: rows.length * ROW }, (context, ink, font) => {
    rows.forEach((row, place) => {
      const top = place * ROW;
      context.fillStyle = ink("--bar");
      context.beginPath();
      context.roundRect(0, top, Math.max(4, (width - 160) * (row[measure] / most)), ROW - 8, 6);
      context.fill();
      context.fillStyle = ink("--text");
      context.font = `15px ${font}`;
      context.fillText(valueText(view, row.value, row.country), 12, top + 21, width - 190);
      context.textAlign = "right";
      context.font = `600 15px ${font}`;
      context.fillText(whole(row[measure]), width - 64, top + 21);
      context.fillStyle = ink("--muted");
      context.font = `14px ${font}`;
      context.fillText(answer.total ? percent(row[measure] / answer.total) : "", width, top + 21);
      context.textAlign = "left";
    });
  });
}

/** @param {import("./board.js").Board} board @param {any} world */
export function saveMapPicture(board, world) {
  const width = WIDTH - 2 * MARGIN;
  const scale = width / world.WORLD_WIDTH;
  picture(board, { view: "map", title: "Visitors by country", height: world.WORLD_HEIGHT * scale }, (context, ink) => {
    context.scale(scale, scale);
    context.lineWidth = 0.6;
    context.strokeStyle = ink("--card");
    for (const shape of document.querySelectorAll(".land")) {
      const path = new Path2D(shape.getAttribute("d") ?? "");
      context.fillStyle = getComputedStyle(shape).fill;
      context.fill(path);
      context.stroke(path);
    }
  });
}
