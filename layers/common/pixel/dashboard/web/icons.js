// Icons, drawn as strokes of the text's colour.

import { html } from "./vendor/preact-htm.js";

const PATHS = {
  down: "M6 9l6 6 6-6",
  check: "M5 12.5l4.5 4.5L19 7.5",
  close: "M6 6l12 12M18 6L6 18",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  calendar: "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4",
  compare: "M4 17l5-6 4 3 7-8M4 21h16",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l4.5 4.5",
  warn: "M12 4l9 16H3zM12 10v4M12 17h.01",
  empty: "M4 20h16M7 16v-3M12 16v-6M17 16v-2",
  cloud: "M3 3l18 18M8.5 8a6 6 0 0 1 8.9 3.2A4.2 4.2 0 0 1 19 19M5.6 11.2A4.3 4.3 0 0 0 7 19h9",
  desktop: "M3 5h18v11H3zM9 20h6M12 16v4",
  mobile: "M8 3h8v18H8zM11.5 18h1",
  tablet: "M5 3h14v18H5zM11 18h2",
  tv: "M3 7h18v12H3zM8 3l4 4 4-4",
  expand: "M14 4h6v6M10 20H4v-6M20 4l-7 7M4 20l7-7",
};

/**
 * @param {{ name: string, class?: string }} props
 */
export function Icon({ name, class: className = "" }) {
  const path = PATHS[/** @type {keyof typeof PATHS} */ (name)];
  return html`<svg class=${`icon ${className}`} viewBox="0 0 24 24" data-icon=${name} aria-hidden="true" focusable="false"><path d=${path} /></svg>`;
}
