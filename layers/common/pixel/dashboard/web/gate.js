// What is seen before the numbers, or instead of them: the password, and links that open nothing.

import { html, useEffect, useRef, useState } from "./vendor/preact-htm.js";
import { Fault } from "./api.js";
import { Icon } from "./icons.js";

/** @type {[icon: string, title: string, text: string]} */
const BUSY = ["warn", "Too many requests just now", "Try again in a moment."];
/** @type {Record<string, [icon: string, title: string, text: string]>} */
const ENDS = {
  share_not_found: ["lock", "This link opens nothing", "It may have been revoked or have expired. Ask the person who sent it for a new one."],
  session_expired: ["lock", "This session has ended", "Open the dashboard again from where you came."],
  no_session: ["lock", "Nothing to show here", "The address of a dashboard is longer than this one. Open it again from where you came."],
  panel_not_shared: ["lock", "This panel is not shared", "The link does not show what this address asks for."],
  offline: ["cloud", "You are offline", "The dashboard opens when you are connected again."],
  unreachable: ["cloud", "The server does not answer", "Try again in a moment."],
  too_many_attempts: BUSY,
  rate_limit_exceeded: BUSY,
};
/** @type {[icon: string, title: string, text: string]} */
const FAILED = ["warn", "The dashboard could not be opened", "Something did not work on our side. Try again in a moment."];

/**
 * @param {{ code: string, onRetry?: () => void }} props
 */
export function End({ code, onRetry }) {
  const [icon, title, text] = ENDS[code] ?? FAILED;
  return html`<main class="gate"><div class="gate-card" role="status" data-gate=${code}>
    <${Icon} name=${icon} class="gate-icon" /><h1>${title}</h1><p>${text}</p>
    ${onRetry && html`<button type="button" class="button primary" onClick=${onRetry}>Try again</button>`}
  </div></main>`;
}

/**
 * @param {number} seconds
 */
function wait(seconds) {
  return seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.max(1, Math.ceil(seconds))} seconds`;
}

/**
 * @param {{ onOpen: (password: string) => Promise<void> }} props
 */
export function PasswordForm({ onOpen }) {
  const [wrong, setWrong] = useState("");
  const [isBusy, setBusy] = useState(false);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    document.title = "Password needed";
    field.current?.focus();
  }, []);
  /** @param {Event} event */
  const onSubmit = async (event) => {
    event.preventDefault();
    const password = field.current?.value ?? "";
    if (!password || isBusy) return;
    setBusy(true);
    setWrong("");
    try {
      await onOpen(password);
    } catch (error) {
      const fault = error instanceof Fault ? error : new Fault("failed");
      if (fault.code === "password_wrong") setWrong("This password is wrong.");
      else if (fault.code === "too_many_attempts") setWrong(`Too many attempts. Try again in ${wait(fault.waitSeconds || 60)}.`);
      else if (fault.code === "offline") setWrong("You are offline. Try again when you are connected.");
      else if (fault.code === "unreachable") setWrong("The server does not answer. Try again in a moment.");
      else setWrong("The password could not be checked. Try again in a moment.");
      setBusy(false);
      field.current?.select();
    }
  };
  return html`<main class="gate"><form class="gate-card" method="post" onSubmit=${onSubmit} data-gate="password">
    <${Icon} name="lock" class="gate-icon" /><h1>Password needed</h1><p>This dashboard is protected. Enter the password that came with its link.</p>
    <input class="hidden" type="text" name="username" autocomplete="username" value="dashboard" tabindex="-1" aria-hidden="true" readonly />
    <label class="field"><span>Password</span>
      <input ref=${field} type="password" name="password" required autocomplete="current-password" aria-invalid=${wrong ? "true" : undefined} aria-describedby="password-wrong" /></label>
    <p class="wrong" id="password-wrong" role="alert">${wrong}</p>
    <button type="submit" class="button primary" aria-disabled=${String(isBusy)}>${isBusy ? "Opening…" : "Open dashboard"}</button>
  </form></main>`;
}
