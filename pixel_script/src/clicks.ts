/** Goals that clicks and forms reach. Nothing waits for the network: the browser goes on at once. */

import { clean } from "./addresses";
import { attempt, options } from "./settings";
import type { Details } from "./tracker";
import { takeAlong } from "./visitor";

type Reach = (goal: string, details?: Details) => void;

const FILES = /\.(pdf|zip|gz|rar|7z|dmg|exe|pkg|apk|docx?|xlsx?|pptx?|csv|mp[34])$/i;

export const watchClicks = (reach: Reach): void => {
  const watch = (event: any): void => {
    // From within web components, too, whose elements `event.target` hides.
    const find = (selector: string): any => event.composedPath().find((one: any) => one.matches && one.matches(selector));
    const isSubmit = event.type == "submit";
    const marked = find((isSubmit ? "form" : ":not(form)") + "[data-pixel-goal]");
    const link = find("a[href]");
    if (event.button > 1) return;
    if (marked) {
      const props: Details["props"] = {};
      const { pixelGoal, pixelValue, pixelCurrency } = marked.dataset;
      for (const { name, value } of marked.attributes) {
        const [, prop] = name.split("data-pixel-prop-");
        if (prop) props[prop] = value;
      }
      reach(pixelGoal, { props, value: pixelValue, currency: pixelCurrency });
    }
    if (isSubmit) {
      const form = event.target;
      if (!marked && options.form)
        reach("form", { props: { form: form.getAttribute("id") || form.getAttribute("name") } });
    } else {
      for (const [selector, goal] of options.g || [])
        if (attempt(() => find(selector))) reach(goal); // or this browser does not know the selector
      if (link && link.host) {
        const goal = FILES.test(link.pathname)
          ? "download"
          : link.host != location.host && !takeAlong(link) && "outbound";
        if (goal && options[goal]) reach(goal, { props: { url: clean(link.href) } });
      }
    }
  };
  for (const type of ["click", "auxclick", "submit"]) addEventListener(type, watch, true);
};
