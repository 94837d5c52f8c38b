// Which views each panel has, and how their rows are read.

import { duration, filterName, moneyText, percent, pointText, valueText, whole } from "./format.js";

/** @type {Record<string, { title: string, views: { view: View, label: string }[] }>} */
export const LISTS = {
  pages: {
    title: "Pages",
    views: [{ view: "pages", label: "Top pages" }, { view: "entry_pages", label: "Entry" }, { view: "exit_pages", label: "Exit" }],
  },
  sources: {
    title: "Sources",
    views: [{ view: "channels", label: "Channels" }, { view: "referrers", label: "Referrers" }, { view: "campaigns", label: "Campaigns" }, { view: "ai", label: "AI" }],
  },
  places: {
    title: "Places",
    views: [{ view: "countries", label: "Countries" }, { view: "regions", label: "Regions" }, { view: "cities", label: "Cities" }],
  },
  devices: {
    title: "Devices",
    views: [{ view: "devices", label: "Devices" }, { view: "browsers", label: "Browsers" }, { view: "systems", label: "Systems" }, { view: "languages", label: "Languages" }],
  },
};
/** @type {Record<View, string>} */
const NAMES = {
  pages: "Top pages", entry_pages: "Entry pages", exit_pages: "Exit pages", ai: "AI assistants", systems: "Operating systems",
  revenue: "Revenue", funnel: "Funnel", retention: "Retention", links: "Short links", goals: "Goals", realtime: "Pages now",
};
/** @type {Record<View, string>} */
const FIRST_COLUMN = {
  pages: "Page", entry_pages: "Entry page", exit_pages: "Exit page", channels: "Channel", referrers: "Referrer", campaigns: "Campaign",
  ai: "Assistant", countries: "Country", regions: "Region", cities: "City", devices: "Device", browsers: "Browser", systems: "System",
  languages: "Language", goals: "Goal", revenue: "Channel", funnel: "Step", realtime: "Page", links: "Link",
};
/** @type {[string, string, (value: any) => string][]} */
const NUMBERS = [
  ["clicks", "Clicks", whole],
  ["visitors", "Visitors", whole],
  ["pageviews", "Pageviews", whole],
  ["sessions", "Sessions", whole],
  ["bounce_rate", "Bounce rate", percent],
  ["session_duration", "Duration", duration],
  ["conversions", "Conversions", whole],
  ["payments", "Payments", whole],
  ["rate", "Rate", percent],
];

/** @param {View} view */
export const nameOf = (view) => NAMES[view] ?? filterName(view);
/** @param {View} view */
export const firstColumn = (view) => FIRST_COLUMN[view] ?? "Name";

/**
 * Return the first view of a panel, which is shown until another is chosen.
 * @param {string} panel
 */
export const firstView = (panel) => LISTS[panel]?.views[0].view ?? panel;

/**
 * Return the columns that the rows of an answer have.
 * @param {View} view
 * @param {{ rows: any[] }} answer
 * @returns {Column[]}
 */
export function columnsOf(view, answer) {
  const numbers = NUMBERS.filter(([key]) => answer.rows.some((row) => row[key] !== undefined));
  const columns = [
    { key: "value", label: firstColumn(view), text: (/** @type {any} */ row) => valueText(view, row.value, row.country), isNumber: false },
    ...numbers.map(([key, label, text]) => ({ key, label, text: (/** @type {any} */ row) => text(row[key]), isNumber: true })),
  ];
  if (answer.rows.some((row) => row.revenue !== undefined)) {
    columns.push({ key: "revenue", label: "Revenue", text: revenueText, isNumber: true });
  }
  return columns;
}

/** @param {any} row */
export function revenueText(row) {
  if (!Array.isArray(row.revenue)) return moneyText({ currency: row.currency, value: row.revenue });
  return row.revenue.map(moneyText).join(" + ") || "–";
}

/**
 * @param {Span | undefined} span
 * @param {string} at
 */
export const axisText = (span, at) => pointText(at, span?.granularity ?? "day");
