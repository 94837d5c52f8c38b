// Dialogs: the details of a view with a search, and the choice of days.

import { html, useEffect, useRef, useState } from "./vendor/preact-htm.js";
import { Icon } from "./icons.js";
import { Sentence } from "./card.js";
import { columnsOf, nameOf } from "./views.js";
import { percent, spanText } from "./format.js";

/**
 * @param {{ title: string, look?: string, onClose: () => void, children?: Child }} props
 */
function Dialog({ title, look = "", onClose, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const opener = /** @type {HTMLElement | null} */ (document.activeElement);
    dialog.current?.showModal();
    return () => opener?.focus();
  }, []);
  /** @param {MouseEvent} event */
  const onClick = (event) => {
    if (event.target === dialog.current) onClose();
  };
  return html`<dialog class=${`dialog ${look}`} ref=${dialog} aria-label=${title} onClose=${onClose} onClick=${onClick}>
    <div class="dialog-body">
      <header class="dialog-head">
        <h2>${title}</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick=${onClose}><${Icon} name="close" /></button>
      </header>
      ${children}
    </div>
  </dialog>`;
}

/**
 * @typedef {object} DetailsProps
 * @property {View} view
 * @property {() => Promise<ListAnswer>} read
 * @property {(filter: string, value: string) => void} onFilter
 * @property {() => void} onClose
 */

/** @param {DetailsProps} props */
export function Details({ view, read, onFilter, onClose }) {
  const [answer, setAnswer] = useState(/** @type {ListAnswer | null} */ (null));
  const [code, setCode] = useState("");
  const [search, setSearch] = useState("");
  const [sort, setSort] = useState({ key: "", isUp: false });
  const start = () => {
    setCode("");
    read().then((found) => {
      setAnswer(found);
      setSort({ key: found.measure, isUp: false });
    }, (fault) => setCode(fault.code ?? "offline"));
  };
  useEffect(start, [view]);

  const columns = answer ? columnsOf(view, answer) : [];
  const wanted = search.trim().toLowerCase();
  const value = columns[0]?.text ?? String;
  const rows = (answer?.rows ?? []).filter((row) => `${value(row)} ${row.value}`.toLowerCase().includes(wanted));
  /** @param {any} row */
  const sortable = (row) => (sort.key === "value" ? value(row).toLowerCase() : (row[sort.key] ?? -1));
  rows.sort((one, other) => (sortable(one) < sortable(other) ? -1 : sortable(one) > sortable(other) ? 1 : 0) * (sort.isUp ? 1 : -1));
  const total = answer?.total ?? 0;

  return html`<${Dialog} title=${nameOf(view)} look="wide" onClose=${onClose}>
    <label class="search"><${Icon} name="search" /><span class="hidden">Search ${nameOf(view)}</span>
      <input type="search" placeholder="Search" autocomplete="off" value=${search}
        onInput=${(/** @type {any} */ event) => setSearch(event.target.value)} /></label>
    <div class="dialog-scroll" tabindex="0" role="region" aria-label=${`Rows of ${nameOf(view)}`}>
      ${code ? html`<${Sentence} code=${code} onRetry=${start} />`
      : !answer ? html`<${Sentence} code="loading" />`
      : !rows.length ? html`<${Sentence} code="empty" text=${wanted ? "Nothing matches this search." : undefined} />`
      : html`<table class="table">
        <thead><tr>${columns.map((column) => html`<th key=${column.key} scope="col" class=${column.isNumber ? "number" : ""}
            aria-sort=${sort.key === column.key ? (sort.isUp ? "ascending" : "descending") : undefined}>
            <button type="button" onClick=${() => setSort({ key: column.key, isUp: sort.key === column.key ? !sort.isUp : !column.isNumber })}>
              ${column.label}${sort.key === column.key && html`<${Icon} name="down" class=${sort.isUp ? "small up" : "small"} />`}
            </button></th>`)}<th scope="col" class="number">Share</th></tr></thead>
        <tbody>${rows.map((row) => html`<tr key=${`${row.country ?? ""}/${row.value}`}>
          ${columns.map((column, place) => html`<td key=${column.key} class=${column.isNumber ? "number" : "name"}>
            ${place === 0 && answer.filter && row.value
              ? html`<button type="button" class="link" onClick=${() => { onClose(); onFilter(/** @type {string} */ (answer.filter), row.value); }}>${column.text(row)}</button>`
              : column.text(row)}</td>`)}
          <td class="number faint">${percent(total ? row[answer.measure] / total : null)}</td></tr>`)}</tbody>
      </table>`}
    </div>
  <//>`;
}

/**
 * @param {{ from: string, to: string, onChoose: (from: string, to: string) => void, onClose: () => void }} props
 */
export function Days({ from, to, onChoose, onClose }) {
  const [days, setDays] = useState({ from, to });
  const [wrong, setWrong] = useState("");
  /** @param {Event} event */
  const onSubmit = (event) => {
    event.preventDefault();
    const length = (Date.parse(days.to) - Date.parse(days.from)) / 86_400_000 + 1;
    if (!days.from || !days.to) setWrong("Choose both days.");
    else if (length < 1) setWrong("The last day is before the first.");
    else if (length > 400) setWrong("Choose at most 400 days.");
    else onChoose(days.from, days.to);
  };
  /** @param {"from" | "to"} name @param {string} label */
  const field = (name, label) => html`<label class="field"><span>${label}</span>
    <input type="date" required value=${days[name]} aria-invalid=${wrong ? "true" : undefined} aria-describedby=${wrong ? "days-wrong" : undefined}
      onInput=${(/** @type {any} */ event) => { setWrong(""); setDays({ ...days, [name]: event.target.value }); }} /></label>`;
  return html`<${Dialog} title="Custom range" onClose=${onClose}>
    <form class="days" onSubmit=${onSubmit} novalidate>
      <div class="days-fields">${field("from", "First day")}${field("to", "Last day")}</div>
      <p class=${wrong ? "wrong" : "faint"} id="days-wrong" role="status">${wrong || (days.from && days.to ? spanText(days.from, days.to) : "Choose the days to show.")}</p>
      <div class="dialog-foot"><button type="button" class="button" onClick=${onClose}>Cancel</button>
        <button type="submit" class="button primary">Show</button></div>
    </form>
  <//>`;
}
