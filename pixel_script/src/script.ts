/** The script that a website includes: `<script async src="https://stats.example.com/p/pk_live_....js"></script>`. */

import { type Config, options } from "./settings";
import { type Pixel, start } from "./tracker";

declare const CONFIG: Config; // which the build makes the placeholder that the server replaces
declare global {
  interface Window {
    pixel?: Partial<Pixel> & { q?: (() => void)[] };
  }
}

const config = CONFIG;
const { src, dataset } = document.currentScript as HTMLScriptElement;
const early = window.pixel || {};

// A page that includes the script twice counts once.
if (!early.pageview) {
  Object.assign(options, early, config, config.o, { to: new URL("e", src) });
  for (const name in dataset) (options as any)[name] = dataset[name] || 1;
  window.pixel = start();
  for (const call of early.q || []) call();
}
