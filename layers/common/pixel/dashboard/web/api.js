// The two requests of the page.

import { API } from "./door.js";

const SECONDS = 20;
/** What passes by itself: numbers that are shown stay, and the page asks again. */
const PASSING = ["offline", "unreachable", "unreadable", "too_many_attempts", "rate_limit_exceeded"];

/** A request that was not answered with data. */
export class Fault extends Error {
  /**
   * @param {string} code of the API, or `offline` or `unreachable` where no answer came
   * @param {number} waitSeconds how long the API asks to wait
   */
  constructor(code, waitSeconds = 0) {
    super(code);
    this.code = code;
    this.waitSeconds = waitSeconds;
    this.isPassing = PASSING.includes(code);
  }
}

/**
 * Open a share link.
 * @param {string} token
 * @param {string} [password]
 * @returns {Promise<Opened>}
 */
export function openShare(token, password) {
  const body = JSON.stringify(password === undefined ? { token } : { token, password });
  return send("open", { method: "POST", body, headers: { "Content-Type": "application/json" } });
}

/**
 * Ask for the answers to some views.
 * @param {string} session
 * @param {URLSearchParams} query
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export function askData(session, query, signal) {
  return send(`data?${query}`, {
    headers: { Authorization: `Viewer ${session}` },
    signal,
  });
}

/**
 * @param {string} path
 * @param {RequestInit} init
 */
async function send(path, init) {
  const ends = AbortSignal.timeout(SECONDS * 1000);
  let response;
  let body;
  try {
    response = await fetch(API + path, { credentials: "omit", ...init, signal: init.signal ?? ends });
    body = await response.json();
  } catch (error) {
    if (init.signal?.aborted) throw error;
    if (response && error instanceof SyntaxError) throw new Fault("unreadable");
    throw new Fault(navigator.onLine ? "unreachable" : "offline");
  }
  if (response.ok) return body.data;
  throw new Fault(body?.error?.code ?? "unreadable", Number(response.headers.get("Retry-After")) || 0);
}
