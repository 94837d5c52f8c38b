/**
 * The npm package: `init({ key, to })` where the application starts, then `pixel("signup")`.
 *
 * Importing it touches nothing, so that it may be imported where pages are rendered on a server; there, all of it does
 * nothing.
 */

import { options, type Options } from "./settings";
import { type Details, type Pixel, reach, start } from "./tracker";

export type { CssGoal, Event, List, Options, Switch } from "./settings";
export type { Details, Pixel, Scalar } from "./tracker";

const CALLS_MAX = 50;
let isStarted = false;
const calls: (() => void)[] = [];

/** Call now, or once the pixel has been started. */
const whenStarted = (call: () => void): void => {
  if (isStarted) call();
  else if (typeof window != "undefined" && calls.length < CALLS_MAX) calls.push(call);
};

export const pixel: Pixel = Object.assign(
  (goal: string, details?: Details) => whenStarted(() => reach(goal, details)),
  {
    pageview: (details?: Details) => whenStarted(() => reach.pageview(details)),
    identify: (...given: Parameters<Pixel["identify"]>) => whenStarted(() => reach.identify(...given)),
    consent: (isGiven: boolean) => whenStarted(() => reach.consent(isGiven)),
  },
);

/** Begin to count pages. A second call changes nothing. */
export const init = (given: Options & { key: string; to: string }): Pixel => {
  if (!isStarted && typeof window != "undefined") {
    isStarted = true;
    Object.assign(options, given, { m: given.mode, g: given.goals });
    start();
    calls.splice(0).forEach((call) => call());
  }
  return pixel;
};
