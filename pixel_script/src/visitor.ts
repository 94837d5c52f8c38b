/** Ids of events and, in cookie mode, of the visitor. */

import { attempt, isListed, options } from "./settings";

declare global {
  interface Navigator {
    globalPrivacyControl?: boolean;
  }
}

let visitor = "";

/** Return 128 random bits. `crypto.randomUUID` is not there on pages without TLS. */
export const newId = (): string => crypto.getRandomValues(new Uint32Array(4)).join("-");

/** Return whether an id may be kept now. */
export const mayKeep = (): boolean =>
  options.m == "cookie" && !navigator.globalPrivacyControl && !options.consent;

/** Keep an id, or none any more if it is empty. */
export const keep = (id: string): void => {
  visitor = id;
  attempt(() => {
    document.cookie = `_px=${id};path=/;samesite=lax;max-age=${id ? 4e7 : 0};domain=${options.cookie || ""}`;
    if (id) sessionStorage._px = id;
    else delete sessionStorage._px;
  });
};

/** Return the visitor's id. A cookie keeps it for 400 days, which browsers make of any longer time; else this tab does. */
export const visitorId = (): string => {
  const stored = (): string => (/\b_px=([\d-]{7,43})/.exec(document.cookie) || [])[1] || sessionStorage._px;
  keep(visitor || attempt(stored) || newId());
  return visitor;
};

/** Take the id that a link of another domain brought off the address, and believe it for two minutes. */
export const arrive = (): void => {
  const url = new URL(location.href);
  const [, id, time]: any[] = /([\d-]{7,43}).(\d+)/.exec(url.searchParams.get("_px")!) || [];
  if (id) {
    url.searchParams.delete("_px");
    history.replaceState(history.state, "", url.href);
    if ((Date.now() - time) ** 2 < 144e8) visitor = id;
  }
};

/** Let a link to a listed domain take the id along. Return whether it leads to one. */
export const takeAlong = (link: HTMLAnchorElement): boolean => {
  const isOurs = isListed(options.domains, link.hostname);
  if (isOurs && mayKeep()) {
    const url: any = new URL(link as any);
    url.searchParams.set("_px", visitorId() + "." + Date.now());
    link.href = url;
  }
  return isOurs;
};
