// Files that the browser makes, by a module that is loaded when the first one is wanted.

/** @typedef {import("./board.js").Board} Board */

const save = () => import("./save.js");

/** @param {Board} board @param {View} view */
export const saveCsv = (board, view) => save().then((files) => files.saveCsv(board, view));
/** @param {Board} board @param {HTMLCanvasElement} chart */
export const saveChartPicture = (board, chart) => save().then((files) => files.saveChartPicture(board, chart));
/** @param {Board} board @param {View} view */
export const saveRowsPicture = (board, view) => save().then((files) => files.saveRowsPicture(board, view));
/** @param {Board} board @param {any} world */
export const saveMapPicture = (board, world) => save().then((files) => files.saveMapPicture(board, world));

/**
 * The choices of a menu that save a view.
 * @param {Board} board
 * @param {View} view
 * @param {boolean} [isPicture]
 */
export function savers(board, view, isPicture = true) {
  const csv = { value: "csv", label: "Download CSV", act: () => saveCsv(board, view) };
  return isPicture ? [csv, { value: "png", label: "Download PNG", act: () => saveRowsPicture(board, view) }] : [csv];
}
