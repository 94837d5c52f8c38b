/** Events on their way: they wait for consent, go out together, and are sent once more if that failed. */

import { attempt, type Event, options } from "./settings";
import { isExcluded } from "./tracker";
import { keep, mayKeep, visitorId } from "./visitor";

declare const FULL: boolean;

let waiting: Event[] = [];
let again: string[] = [];
let pausedUntil = 0;
let isRefused: boolean;

export const allow = (isGiven: boolean): void => {
  isRefused = options.consent = !isGiven;
  if (!isGiven) {
    waiting = [];
    again = [];
    if (FULL) keep("");
  }
  flush();
};

export const emit = (event: Event): void => {
  const isOff =
    isRefused || isExcluded || (options.gpc && navigator.globalPrivacyControl) || attempt(() => localStorage.pixel_off);
  const changed = !isOff && (FULL && options.transform ? attempt(() => options.transform!(event)) : event);
  if (changed && !waiting[49]) {
    waiting.push(changed);
    // Events of one click, or the end of a page and the next page, go out in one request.
    queueMicrotask(flush);
  }
};

const flush = (): void => {
  if (!options.consent && !(Date.now() < pausedUntil)) {
    again.splice(0).map(send);
    while (waiting[0]) {
      const events = waiting.splice(0, 8);
      if (FULL && mayKeep()) events.map((event) => (event.visitor_id = visitorId()));
      send(JSON.stringify({ k: options.k || options.key, w: navigator.webdriver, e: events }));
    }
  }
};

const send = (body: string, _?: number, isRetry?: unknown): void => {
  // Sent once more with the next event. The server counts an id once, so it does no harm if these had arrived.
  fetch(options.to!, { method: "POST", body, keepalive: true, credentials: "omit" }).then(
    (response) => {
      if (response.status > 428) {
        isRetry || again.push(body);
        pausedUntil = Date.now() + 1000 * (response.headers.get("Retry-After") as any);
      }
      response.text().then(options.debug && (console.log as any));
    },
    () => {
      if (navigator.onLine) {
        isRetry || again.push(body);
        navigator.sendBeacon(options.to!, body);
      }
    },
  );
};
