/** Addresses of pages and links as they are sent: without what may say who somebody is. */

import { isListed, options } from "./settings";

// utm fields and click ids, by which the server tells channels apart; not the ids of persons that mail services add.
const KEPT =
  "utm_*,*_cid,*clid,*clkid,*clickid,*braid,s*cid,awc,cjevent,gad_source,igsh*,li_fat_id,ranmid,srsltid,tblci,";

export const clean = (address: string): string => {
  const url = new URL(address, location.href);
  [...url.searchParams.keys()].map((name) => isListed(KEPT + options.keep, name) || url.searchParams.delete(name));
  url.hash = options.hash ? url.hash.split("?")[0] : "";
  return url.href;
};
