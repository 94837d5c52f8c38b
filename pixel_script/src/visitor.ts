/** Ids of events and, in cookie mode, of the visitor. */

import { attempt, isAllowed, isListed, options } from "./settings";

declare global {
  interface Navigator {
    globalPrivacyControl?: boolean;
  }
}

const NAME = "_px";
let visitor = "";

/** Return 128 random bits. `crypto.randomUUID` is not there on pages without TLS. */
export const newId = (): string => crypto.getRandomValues(new Uint32Array(4)).join("-");

export const isCookieMode = (): boolean => options.m == "cookie" && !navigator.globalPrivacyControl;

export const store = (id: string, seconds: number): void => {
  visitor = id;
  attempt(() => {
    document.cookie = `${NAME}=${id};path=/;samesite=lax;max-age=${seconds};domain=${options.cookie || ""}`;
    sessionStorage[NAME] = id;
  });
};

/** Return the visitor's id, which is kept in a cookie for 400 days and, where those are blocked, for this tab. */
export const visitorId = (): string => {
  const stored = attempt(() => /\b_px=([\d-]+)|$/.exec(document.cookie)![1] || sessionStorage[NAME]);
  store(visitor || stored || newId(), 34560000);
  return visitor;
};

/** Take the id that a link of another domain brought off the address, and believe it for two minutes. */
export const arrive = (): void => {
  const url = new URL(location.href);
  const [, id, time]: any[] = /^([\d-]+)\.(\d+)$/.exec(url.searchParams.get(NAME) || "") || [];
  if (id) {
    url.searchParams.delete(NAME);
    history.replaceState(history.state, "", url.href);
    if (Math.abs(Date.now() - time) < 120000) visitor = id;
  }
};

/** Let a link to a listed domain take the id along. Return whether it leads to one. */
export const takeAlong = (link: HTMLAnchorElement): boolean => {
  const isOurs = isListed(options.domains, link.hostname);
  if (isOurs && isCookieMode() && isAllowed()) {
    const url = new URL(link.href);
    url.searchParams.set(NAME, `${visitorId()}.${Date.now()}`);
    link.href = url.href;
  }
  return isOurs;
};
