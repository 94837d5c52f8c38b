/** Pages that are seen, how long and how far, and what a site may call. */

import { clean } from "./addresses";
import { watchClicks } from "./clicks";
import { allow, emit } from "./delivery";
import { options } from "./settings";
import { arrive, newId } from "./visitor";

declare const FULL: boolean;

type Scalar = string | number | boolean | null;

/** What a goal or a pageview may carry. */
export interface Details {
  props?: Record<string, Scalar>;
  value?: number | string;
  currency?: string;
}

export interface Pixel {
  /** Reach a goal, or with the names of the methods below call them: `pixel("pageview")`. */
  (goal: string, details?: Details): void;
  pageview(details?: Details): void;
  /** Link the visitor with a person in your system; only a hash of the id is stored. */
  identify(externalId: string, traits?: Record<string, Scalar>): void;
  /** Send and store from now on; or nothing any more, and remove what was stored. */
  consent(isGiven: boolean): void;
}

let page = "";
let referrer = "";
let seenSince = 0;
let seenMs = 0;
let depth = 0;

const record = (name: string, { props, ...fields }: Details & Record<string, unknown> = {}): void =>
  emit({
    name,
    event_id: newId(),
    timestamp: Date.now(),
    url: page || clean(location.href),
    referrer,
    language: navigator.language,
    screen: `${screen.width}x${screen.height}`,
    properties: props,
    ...fields,
  });

const reach = (goal: string, details?: Details): void => record("custom", { ...details, goal_name: goal });

const measure = (): void => {
  const { scrollHeight, clientHeight } = document.documentElement;
  depth = Math.max(depth, Math.min(100, Math.round((100 * (scrollY + 1)) / (scrollHeight - clientHeight + 1))));
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
  seenMs = depth = 0;
  record("pageview", { title: options.noTitle ? "" : document.title.slice(0, 512), ...details });
  look();
};

const look = (): void => {
  if (document.hidden) {
    measure();
    leave();
  } else if (options.manual || clean(location.href) == page) seenSince = seenSince || Date.now();
  else enter();
};

/** Begin to count, with the settings as they are. */
export const start = (): Pixel => {
  const methods: Omit<Pixel, never> = {
    pageview: enter,
    identify: (external_id, traits) => emit({ name: "identify", external_id, traits }),
    consent: allow,
  };
  referrer = document.referrer && clean(document.referrer);
  if (FULL) {
    if (options.m) arrive();
    watchClicks(reach);
  }
  for (const method of ["pushState", "replaceState"] as const) {
    const original = history[method];
    history[method] = function (...given) {
      measure(); // before the next page is there
      original.apply(this, given);
      setTimeout(look); // by then the page may have its title
    };
  }
  addEventListener("scroll", measure);
  addEventListener("popstate", look);
  addEventListener("visibilitychange", look);
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      referrer = page;
      page = "";
      look();
    }
  });
  look();
  return Object.assign(
    (name: string, ...rest: any[]): void => ((methods as any)[name] || reach.bind(0, name))(...rest),
    methods,
  );
};
