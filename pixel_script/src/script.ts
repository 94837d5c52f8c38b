/** The script that a website includes: `<script async src="https://stats.example.com/p/pk_live_....js"></script>`. */

import { type Config, options } from "./settings";
import { type Pixel, start } from "./tracker";

declare const CONFIG: Config; // which the build makes the placeholder that the server replaces
declare global {
  interface Window {
    pixel?: Partial<Pixel> & { q?: [string, ...any[]][] };
  }
}

const config = CONFIG;
const script = document.currentScript as HTMLScriptElement;
const early = window.pixel || {};

// A page that includes the script twice counts once.
if (!early.consent) {
  Object.assign(options, { to: new URL("e", script.src) }, config, config.o);
  for (const name in script.dataset) (options as any)[name] = script.dataset[name] || 1;
  const pixel: (...given: any[]) => void = (window.pixel = start());
  for (const call of early.q || []) pixel(...call);
}
