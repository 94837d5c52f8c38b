/** Addresses of pages and links as they are sent: without what may say who somebody is. */

import { isListed, options } from "./settings";

// utm fields and click ids, by which the server tells channels apart; not the ids of persons that mail services add.
const KEPT = "utm_*|*cl(|k|ick)id|*braid|*(_c|fat_)id|igsh*|";

export const clean = (address: string): string => {
  const url = new URL(address, location.href);
  for (const name of [...url.searchParams.keys()])
    isListed(KEPT + options.keep, name) || url.searchParams.delete(name);
  url.hash = options.hash ? url.hash.split("?")[0] : "";
  return url.href;
};
