/** Goals that clicks and forms reach. Nothing waits for the network: the browser goes on at once. */

import { clean } from "./addresses";
import { attempt, options } from "./settings";
import { type Details, reach } from "./tracker";
import { takeAlong } from "./visitor";

const FILES = /\.(pdf|zip|gz|rar|dmg|exe|apk|docx?|xlsx?|pptx?|csv|mp[34])$/i;

export const watchClicks = (): void => {
  const watch = (event: any): void => {
    // From within web components, too, whose elements `event.target` hides.
    const find = (selector: string): any => event.composedPath().find((one: any) => attempt(() => one.matches(selector)));
    const isSubmit = event.type == "submit";
    const marked = find((isSubmit ? "form" : ":not(form)") + "[data-pixel-goal]");
    const link = find("a[href]");
    if (event.button > 1) return;
    if (marked) {
      const props: Details["props"] = {};
      const given = marked.dataset;
      for (const attribute of marked.attributes) {
        const [, prop] = attribute.name.split("pixel-prop-");
        if (prop) props[prop] = attribute.value;
      }
      reach(given.pixelGoal, { props, value: given.pixelValue, currency: given.pixelCurrency });
    }
    if (isSubmit) {
      if (!marked && options.form) reach("form", { props: { form: event.target.getAttribute("id") } });
    } else {
      for (const [selector, goal] of options.g || [])
        if (find(selector)) reach(goal);
      if (link && link.host) {
        const goal: any = FILES.test(link.pathname)
          ? "download"
          : link.host != location.host && !takeAlong(link) && "outbound";
        if (options[goal as "download"]) reach(goal, { props: { url: clean(link) } });
      }
    }
  };
  for (const type of ["click", "auxclick", "submit"]) addEventListener(type, watch, true);
};
