/** What a website sets: by attributes of the script element, by the server, or by the options of the npm package. */

/** A CSS selector and the name of the goal that a click on what it matches reaches. */
export type CssGoal = [selector: string, goal: string];

export interface Event {
  name: string;
  url?: string;
  [field: string]: unknown;
}

/** Attributes of the script have the same names: `data-hash` is `hash`, and turns it on. */
export interface Options {
  /** The publishable key of the website. */
  key?: string;
  /** Where events are sent; unless given, to `e` beside the script. */
  to?: string;
  /** How visitors are told apart: `cookie` keeps a random id in the cookie `_px`. */
  mode?: "cookieless" | "cookie";
  /** Whether nothing is sent or stored until `pixel.consent(true)`. */
  consent?: Switch;
  /** What follows from Global Privacy Control: `off` sends nothing; unless given, no cookie is set. */
  gpc?: "off";
  /** Goals that clicks reach, without touching the page. */
  goals?: CssGoal[];
  /** Whether links to other hosts are goals. */
  outbound?: Switch;
  /** Whether links to files are goals. */
  download?: Switch;
  /** Whether forms are goals. */
  form?: Switch;
  /** Whether the part of the address after # tells pages apart. */
  hash?: Switch;
  /** Whether the console says what the server accepted, and why it dropped the rest. */
  debug?: Switch;
  /** Paths that are not counted. */
  exclude?: List;
  /** Parameters of addresses that are kept besides those of campaigns. */
  keep?: List;
  /** Hosts to which links take the visitor's id along, in cookie mode. */
  domains?: List;
  /** The domain of the cookie, where several hosts share it. */
  cookie?: string;
  /** Changes an event, or drops it by returning nothing. */
  transform?: (event: Event) => Event | null | undefined | false | void;
}

export type Switch = boolean | string;
/** Names with | between them; `*` stands for anything. */
export type List = string;

/** What the server writes in place of the script's one placeholder. A switch that is off is left out. */
export interface Config {
  /** The key. */
  k?: string;
  /** The mode. */
  m?: Options["mode"];
  /** Goals by CSS selector. */
  g?: CssGoal[];
  /** Other options. */
  o?: Options;
}

/** The settings of this page, under the names of `Options` and, of those that the server writes, of `Config`. */
export const options: Options & Config = {};

/** Return whether a list has the name; `*` in it stands for anything. */
export const isListed = (list: List | undefined, name: string): boolean =>
  RegExp(`^(${`${list}`.split("*").join(".*")})$`).test(name);

/** Return what a function returns, or nothing where the browser forbids it. */
export const attempt = <T>(call: () => T): T | undefined => {
  try {
    return call();
  } catch {}
};
