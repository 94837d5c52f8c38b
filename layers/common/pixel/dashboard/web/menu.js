// A button that opens a list of choices, by the keys that menus have.

import { html, useLayoutEffect, useRef, useState } from "./vendor/preact-htm.js";
import { Icon } from "./icons.js";

/**
 * @typedef {{ value: string, label: string, hint?: string, icon?: string }} Choice
 * @typedef {object} MenuProps
 * @property {string} label what the button is called
 * @property {Child} text what stands on the button
 * @property {Choice[]} choices
 * @property {string} [chosen] the value that is in force, in a menu of which one holds
 * @property {(value: string) => void} onChoose
 * @property {string} [icon]
 * @property {string} [look] a class of the button
 * @property {boolean} [isBare] without the arrow
 */

/** @param {MenuProps} props */
export function Menu({ label, text, choices, chosen, onChoose, icon, look = "button", isBare = false }) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef(/** @type {HTMLElement | null} */ (null));
  const items = () => /** @type {HTMLElement[]} */ ([...(root.current?.querySelectorAll("[role^=menuitem]") ?? [])]);
  const button = () => /** @type {HTMLElement | null | undefined} */ (root.current?.querySelector("button"));

  // Before the next key is handled, however fast somebody types.
  useLayoutEffect(() => {
    if (!isOpen) return undefined;
    const current = items().find((item) => item.getAttribute("aria-checked") === "true");
    (current ?? items()[0])?.focus();
    /** @param {Event} event */
    const outside = (event) => {
      if (!root.current?.contains(/** @type {Node} */ (event.target))) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [isOpen]);

  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (!isOpen) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        setOpen(true);
      }
      return;
    }
    const all = items();
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    /** @type {Record<string, number>} */
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
    if (event.key in to) {
      event.preventDefault();
      all[(to[event.key] + all.length) % all.length]?.focus();
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
      button()?.focus();
    } else if (event.key === "Tab") {
      setOpen(false);
    } else if (event.key.length === 1 && event.key !== " ") {
      const start = event.key.toLowerCase();
      [...all.slice(at + 1), ...all].find((item) => item.textContent?.trim().toLowerCase().startsWith(start))?.focus();
    }
  };
  /** @param {string} value */
  const choose = (value) => {
    setOpen(false);
    button()?.focus();
    onChoose(value);
  };

  return html`<div class="menu" ref=${root} onKeyDown=${onKey}>
    <button type="button" class=${look} aria-haspopup="menu" aria-expanded=${String(isOpen)} aria-label=${label}
      title=${isBare ? label : undefined} onClick=${() => setOpen(!isOpen)}>
      ${icon && html`<${Icon} name=${icon} />`}${text && html`<span class="clip">${text}</span>`}
      ${!isBare && html`<${Icon} name="down" class="small" />`}
    </button>
    ${isOpen && html`<div class="menu-list" role="menu" aria-label=${label}>
      ${choices.map((choice) => html`<button type="button" key=${choice.value} class="menu-item" tabindex="-1"
        role=${chosen === undefined ? "menuitem" : "menuitemradio"}
        aria-checked=${chosen === undefined ? undefined : String(choice.value === chosen)}
        onClick=${() => choose(choice.value)}>
        <span>${choice.label}</span>
        ${choice.hint && html`<span class="hint">${choice.hint}</span>`}
        ${choice.value === chosen && html`<${Icon} name="check" class="small" />`}
      </button>`)}
    </div>`}
  </div>`;
}
