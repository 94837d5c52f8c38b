// The question that the page shows stands in its address: it can be kept, sent, and gone back from.

export const METRICS = /** @type {Metric[]} */ ([
  "visitors", "pageviews", "sessions", "bounce_rate", "session_duration", "conversions",
]);
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const PREFERRED = ["30d", "28d", "7d", "month", "12mo", "today", "yesterday"];

/**
 * Read the question. What the link does not offer falls back to what it does.
 * @param {string} search
 * @param {Head} head
 * @returns {Question}
 */
export function readQuestion(search, head) {
  const asked = new URLSearchParams(search);
  const [from, to] = [asked.get("from") ?? "", asked.get("to") ?? ""];
  const hasDays = DAY.test(from) && DAY.test(to) && from <= to;
  let period = asked.get("period") ?? "";
  if (!head.periods.includes(period) || (period === "custom" && !hasDays)) period = usualPeriod(head.periods);
  const metric = /** @type {Metric} */ (asked.get("metric"));
  const compare = asked.get("compare") ?? "";
  /** @type {Record<string, string>} */
  const filters = {};
  for (const [name, value] of asked) {
    const filter = name.startsWith("f.") ? name.slice(2) : "";
    if (filter && value && !(filter in head.filters)) filters[filter] = value;
  }
  return {
    period,
    from: period === "custom" ? from : "",
    to: period === "custom" ? to : "",
    compare: ["previous", "year", "none"].includes(compare) ? compare : "previous",
    metric: METRICS.includes(metric) ? metric : "visitors",
    filters,
  };
}

/**
 * @param {string[]} periods
 * @returns {string}
 */
export function usualPeriod(periods) {
  return PREFERRED.find((period) => periods.includes(period)) ?? periods[0] ?? "30d";
}

/**
 * Write a question as a query string, as both the address and the API take it.
 * @param {Question} question
 * @returns {URLSearchParams}
 */
export function questionQuery(question) {
  const query = new URLSearchParams({ period: question.period });
  if (question.period === "custom") {
    query.set("from", question.from);
    query.set("to", question.to);
  }
  query.set("compare", question.compare);
  query.set("metric", question.metric);
  for (const [name, value] of Object.entries(question.filters)) query.set(`f.${name}`, value);
  return query;
}

/**
 * Put a question into the address, without what the address has besides.
 * @param {Question} question
 * @param {{ replace?: boolean }} [how]
 */
export function writeQuestion(question, { replace = false } = {}) {
  const query = questionQuery(question);
  const before = new URLSearchParams(location.search);
  for (const kept of ["panel", "theme", "embed"]) {
    const value = before.get(kept);
    if (value) query.set(kept, value);
  }
  const address = `${location.pathname}?${query}${location.hash}`;
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
}
