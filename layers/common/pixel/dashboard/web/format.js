// Numbers, dates and names as a reader sees them.

const LOCALE = "en";
const WHOLE = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumSignificantDigits: 3 });
const PERCENT = new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: 0 });
const FINE_PERCENT = new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: 1 });
const NONE = "–";

/** @type {Record<Metric, string>} */
export const METRIC_NAMES = {
  visitors: "Visitors",
  pageviews: "Pageviews",
  sessions: "Sessions",
  bounce_rate: "Bounce rate",
  session_duration: "Visit duration",
  conversions: "Conversions",
};
/** @type {Record<string, string>} */
export const PERIOD_NAMES = {
  today: "Today",
  yesterday: "Yesterday",
  "7d": "Last 7 days",
  "28d": "Last 28 days",
  "30d": "Last 30 days",
  month: "This month",
  "12mo": "Last 12 months",
  custom: "Custom range",
};
/** @type {Record<string, string>} */
export const COMPARE_NAMES = { previous: "Previous period", year: "Year before", none: "No comparison" };
/** @type {Record<string, string>} */
const FILTER_NAMES = {
  path: "Page",
  entry_path: "Entry page",
  exit_path: "Exit page",
  os: "System",
  utm_source: "Source",
  utm_medium: "Medium",
  utm_campaign: "Campaign",
  utm_content: "Content",
  utm_term: "Term",
  llm_engine: "AI assistant",
};
const UNKNOWN = "Unknown";
/** @type {Record<string, string>} */
const EMPTY_VALUES = { channels: "Direct / none", referrers: "Direct / none", campaigns: "No campaign", ai: "No assistant" };
/** @type {Record<string, string>} */
const WORDS = { ai: "AI", llm: "AI", tv: "TV", utm: "UTM", sms: "SMS", ppc: "PPC", cpc: "CPC" };

/** @param {number | null | undefined} value */
export const whole = (value) => (value == null ? NONE : WHOLE.format(value));

/**
 * Write a number of visitors, or that they are too few to say how many.
 * @param {number | null} visitors
 * @param {number} fewest
 */
export const few = (visitors, fewest) => (visitors === null ? `<${fewest}` : whole(visitors));

/** @param {number | null | undefined} value */
export const short = (value) => (value == null ? NONE : Math.abs(value) < 10_000 ? WHOLE.format(value) : SHORT.format(value));

/**
 * @param {number | null | undefined} value between 0 and 1
 * @returns {string}
 */
export function percent(value) {
  if (value == null || !Number.isFinite(value)) return NONE;
  return value !== 0 && Math.abs(value) < 0.1 ? FINE_PERCENT.format(value) : PERCENT.format(value);
}

/**
 * @param {number | null | undefined} seconds
 * @returns {string}
 */
export function duration(seconds) {
  if (seconds == null) return NONE;
  const rounded = Math.round(seconds);
  const [hours, minutes] = [Math.floor(rounded / 3600), Math.floor(rounded / 60) % 60];
  if (hours) return `${hours}h ${minutes}m`;
  return minutes ? `${minutes}m ${rounded % 60}s` : `${rounded}s`;
}

/**
 * @param {Metric} metric
 * @param {number | null | undefined} value
 * @param {boolean} [isShort]
 */
export function metricText(metric, value, isShort = false) {
  if (metric === "bounce_rate") return percent(value);
  if (metric === "session_duration") return duration(value);
  return isShort ? short(value) : whole(value);
}

/**
 * Say how a number changed. The rate changes by points, all others by a share of what they were.
 * @param {Metric} metric
 * @param {number | null | undefined} now
 * @param {number | null | undefined} before
 * @returns {{ text: string, way: -1 | 0 | 1, isGood: boolean, isNew?: boolean } | null}
 */
export function change(metric, now, before) {
  if (now == null || before == null || (now === 0 && before === 0)) return null;
  const isRate = metric === "bounce_rate";
  if (!isRate && before === 0) return { text: "new", way: 1, isGood: true, isNew: true };
  const by = isRate ? now - before : (now - before) / before;
  const shown = Math.abs(by) >= 9.995 ? `${short(Math.round(Math.abs(by) * 100))}` : `${Math.round(Math.abs(by) * 100)}`;
  const way = shown === "0" ? 0 : by > 0 ? 1 : -1;
  return { text: isRate ? `${shown} ${shown === "1" ? "point" : "points"}` : `${shown}%`, way, isGood: isRate ? way <= 0 : way >= 0 };
}

/**
 * @param {Money} money
 * @returns {string}
 */
export function moneyText({ currency, value }) {
  try {
    const style = { style: /** @type {const} */ ("currency"), currency, currencyDisplay: /** @type {const} */ ("narrowSymbol") };
    return new Intl.NumberFormat(LOCALE, style).format(Number(value));
  } catch {
    return `${value} ${currency}`;
  }
}

/**
 * Return the moment of `YYYY-MM-DD[ hh:mm]`, as if the website's time were UTC: it is shown as it is written.
 * @param {string} at
 */
function moment(at) {
  return new Date(`${at.slice(0, 10)}T${at.length > 10 ? at.slice(11, 16) : "00:00"}Z`);
}

/**
 * @param {string} at
 * @param {Intl.DateTimeFormatOptions} style
 */
function dated(at, style) {
  const day = moment(at);
  return Number.isNaN(day.getTime()) ? at : new Intl.DateTimeFormat(LOCALE, { timeZone: "UTC", ...style }).format(day);
}

/**
 * Name a point of the chart, briefly for its axis or in full for reading it.
 * @param {string} at
 * @param {string} granularity
 * @param {boolean} [isFull]
 */
export function pointText(at, granularity, isFull = false) {
  if (granularity === "hour") {
    const hour = at.slice(11, 16) || "00:00";
    return isFull ? `${dated(at, { weekday: "short", month: "short", day: "numeric" })}, ${hour}` : hour;
  }
  if (granularity === "month") return dated(at, isFull ? { month: "long", year: "numeric" } : { month: "short" });
  const day = dated(at, isFull ? { weekday: "short", month: "short", day: "numeric", year: "numeric" } : { month: "short", day: "numeric" });
  return isFull && granularity === "week" ? `Week of ${day}` : day;
}

/**
 * Name a span of days.
 * @param {string} from
 * @param {string} to the last day
 */
export function spanText(from, to) {
  const [first, last] = [from.slice(0, 10), to.slice(0, 10)];
  const full = /** @type {const} */ ({ month: "short", day: "numeric", year: "numeric" });
  if (first === last) return dated(first, full);
  const isOneYear = first.slice(0, 4) === last.slice(0, 4);
  return `${dated(first, isOneYear ? { month: "short", day: "numeric" } : full)} – ${dated(last, full)}`;
}

/**
 * @param {string} iso
 * @param {string} timezone
 */
export function clockText(iso, timezone) {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  return new Intl.DateTimeFormat("en-GB", { timeZone: timezone, hour: "2-digit", minute: "2-digit" }).format(at);
}

/** @param {string} filter */
export const filterName = (filter) => FILTER_NAMES[filter] ?? words(filter);

/**
 * Return the value of a row as it is read.
 * @param {View} view
 * @param {string} value
 * @param {string} [country]
 */
export function valueText(view, value, country) {
  if (value === "") return EMPTY_VALUES[view] ?? UNKNOWN;
  if (view === "countries") return displayName("region", value);
  if (view === "languages") return displayName("language", value);
  if (view === "channels" || view === "devices") return words(value);
  if ((view === "regions" || view === "cities") && country) return `${value}, ${displayName("region", country)}`;
  return value;
}

/**
 * Return the value of a filter as it is read.
 * @param {string} filter
 * @param {string} value
 */
export function filterText(filter, value) {
  const views = /** @type {Record<string, string>} */ ({ country: "countries", language: "languages", channel: "channels", device: "devices" });
  return valueText(views[filter] ?? "", value);
}

/** @param {string} text */
function words(text) {
  const spaced = text.split("_").map((word) => WORDS[word] ?? word).join(" ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** @type {Partial<Record<Intl.DisplayNamesType, Intl.DisplayNames>>} */
const names = {};

/**
 * @param {"region" | "language"} type
 * @param {string} code
 */
function displayName(type, code) {
  try {
    names[type] ??= new Intl.DisplayNames([LOCALE], { type });
    return names[type].of(code) ?? code;
  } catch {
    return code; // not a code: shown as it came
  }
}
