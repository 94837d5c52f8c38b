// The three doors of the page: a share link, the same embedded in another page, and an owner's session.

const ROOT = document.documentElement.dataset.root ?? "./";

/** Addresses of the API are relative, so that they work below a stage. */
export const API = `${ROOT}api/v1/share/`;

/**
 * Read from the address what opens the page.
 * @param {Location} location
 * @returns {Door}
 */
export function readDoor(location) {
  const path = /\/share\/([^/]+?)(\/embed)?\/?$/.exec(location.pathname);
  const asked = new URLSearchParams(location.search);
  return {
    token: path?.[1] ?? "", // none has a character that addresses encode
    session: path ? "" : (new URLSearchParams(location.hash.slice(1)).get("s") ?? ""),
    isEmbedded: Boolean(path?.[2]),
    panel: asked.get("panel") ?? "",
    theme: asked.get("theme") ?? "",
  };
}
