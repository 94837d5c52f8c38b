/** Events on their way: they wait for consent, go out together, and are sent once more if that failed. */

import { attempt, type Event, isAllowed, isListed, options } from "./settings";
import { isCookieMode, store, visitorId } from "./visitor";

let waiting: Event[] = [];
let again: Event[] = [];
let pausedUntil = 0;

export const allow = (isGiven: boolean): void => {
  options.consent = isGiven || "required";
  if (isGiven) flush();
  else {
    waiting = again = [];
    store("", 0);
  }
};

export const emit = (event: Event): void => {
  const change: any = (window as any)[options.transform as string] || options.transform;
  const changed =
    !attempt(() => localStorage.pixel_off) &&
    !(options.gpc && navigator.globalPrivacyControl) &&
    (options.local || !/^(localhost|127\.|\[|$)/.test(location.hostname)) &&
    !(event.url && isListed(options.exclude, new URL(event.url).pathname)) &&
    (change ? change(event) : event);
  if (options.debug) console.log(event, changed);
  if (changed && waiting.length < 50) {
    waiting.push(changed);
    // Events of one click, or the end of a page and the next page, go out in one request.
    queueMicrotask(flush);
  }
};

const flush = (): void => {
  if (isAllowed() && Date.now() > pausedUntil) {
    send(again, true);
    send(waiting);
  }
};

const send = (events: Event[], isRetry?: boolean): void => {
  while (events[0]) {
    const part = events.splice(0, 8);
    if (isCookieMode()) part.map((event) => (event.visitor_id = visitorId()));
    const body = JSON.stringify({ k: options.k || options.key, w: navigator.webdriver, e: part });
    // Sent once more with the next event. The server counts an id once, so it does no harm if these had arrived.
    const failed = (): unknown => isRetry || again.push(...part);
    fetch(options.to!, { method: "POST", body, keepalive: true, credentials: "omit" }).then(
      (response) => {
        if (response.status > 428) {
          pausedUntil = Date.now() + 1000 * (response.headers.get("Retry-After") as any);
          failed();
        }
        if (options.debug) response.json().then(console.log);
      },
      () => {
        if (navigator.onLine) {
          failed();
          navigator.sendBeacon(options.to!, body);
        }
      },
    );
  }
};
