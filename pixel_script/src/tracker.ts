/** Pages that are seen, how long and how far, and what a site may call. */

import { clean } from "./addresses";
import { watchClicks } from "./clicks";
import { allow, emit } from "./delivery";
import { isListed, options } from "./settings";
import { arrive, newId } from "./visitor";

declare const FULL: boolean;

export type Scalar = string | number | boolean | null;

/** What a goal or a pageview may carry. */
export interface Details {
  props?: Record<string, Scalar>;
  value?: number | string;
  currency?: string;
}

export interface Pixel {
  /** Reach a goal. */
  (goal: string, details?: Details): void;
  pageview(details?: Details): void;
  /** Link the visitor with a person in your system; only a hash of the id is stored. */
  identify(externalId: string, traits?: Record<string, Scalar>): void;
  /** Send and store from now on; or nothing any more, and remove what was stored. */
  consent(isGiven: boolean): void;
}

export let isExcluded: boolean;
let page: string | undefined;
let referrer: string;
let seenSince = 0;
let seenMs = 0;
let depth = 0;

const record = (name: string, { props, ...fields }: Details & Record<string, unknown>): void =>
  emit({
    name,
    event_id: newId(),
    timestamp: Date.now(),
    url: page,
    referrer,
    language: navigator.language,
    screen: screen.width + "x" + screen.height,
    properties: props,
    ...fields,
  });

export const reach: any = FULL
  ? (goal: string, details?: Details): void => record("custom", { ...details, goal_name: goal })
  : {};

const measure = (): void => {
  // As seen at the bottom edge of the window. One pixel more, because the last one may be missing from a fraction.
  depth = Math.max(
    depth,
    Math.min(100, ((100 * (scrollY + innerHeight + 1)) / document.documentElement.scrollHeight) | 0),
  );
};

const leave = (): void => {
  seenMs += seenSince && Date.now() - seenSince;
  seenSince = 0;
  if (seenMs > 999) {
    record("engagement", { visible_ms: seenMs, scroll_pct: depth });
    seenMs = 0;
  }
};

const enter = (details?: Details): void => {
  leave();
  referrer = page || referrer;
  page = clean(location.href);
  isExcluded = isListed(options.exclude, location.pathname);
  seenMs = depth = 0;
  record("pageview", { title: document.title.slice(0, 512), ...details });
  look();
};

const look = (): void => {
  if (document.hidden) {
    measure();
    leave();
  } else if (clean(location.href) == page) seenSince = seenSince || Date.now();
  else enter();
};

/** Begin to count, with the settings as they are. */
export const start = (): Pixel => {
  referrer = document.referrer.split("?")[0];
  if (FULL) {
    arrive();
    watchClicks();
  }
  for (const method of ["pushState", "replaceState"] as const) {
    const original = history[method];
    history[method] = (...given) => {
      measure(); // before the next page is there
      original.apply(history, given);
      setTimeout(look); // by then the page may have its title
    };
  }
  addEventListener("scroll", measure);
  addEventListener("popstate", look);
  addEventListener("visibilitychange", look);
  addEventListener("pageshow", (event) => {
    if (event.persisted) enter();
  });
  look();
  reach.pageview = enter;
  reach.consent = allow;
  if (FULL)
    reach.identify = (external_id: string, traits?: Record<string, Scalar>) =>
      emit({ name: "identify", external_id, traits });
  return reach;
};
