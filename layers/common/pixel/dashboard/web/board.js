// What the page knows: the session, the question in the address, and the answer to each view.

import { Fault, askData } from "./api.js";
import { questionQuery, readQuestion, writeQuestion } from "./address.js";
import { LISTS, firstView } from "./views.js";

const REALTIME_SECONDS = 30;
const DETAIL_ROWS = "100";
const USUAL_WAIT_SECONDS = 30;
const LONGEST_WAIT_SECONDS = 120;
const ORDER = ["summary", "series", "pages", "sources", "places", "devices", "goals", "realtime", "revenue", "funnel", "retention", "links"];

export class Board {
  /**
   * @param {Opened} opened
   * @param {Door} door
   * @param {() => Promise<Opened>} renew opens the link again
   */
  constructor(opened, door, renew) {
    this.head = /** @type {Head} */ (opened);
    this.door = door;
    this.session = opened.session;
    this.renew = renew;
    this.panels = ORDER.filter((panel) => opened.panels.includes(panel) && (!door.panel || door.panel === panel));
    this.question = readQuestion(location.search, this.head);
    /** @type {Map<View, Answer>} */
    this.answers = new Map();
    /** @type {Map<string, View>} */
    this.chosenViews = new Map();
    /** @type {Span | undefined} */
    this.span = undefined;
    this.asOf = "";
    this.notice = "";
    this.details = "";
    this.isChoosingDays = false;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    /** @type {AbortController | undefined} */
    this.loading = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.waiting = undefined;
  }

  /** Begin to load, and to follow the address, the connection and the time. @returns {() => void} */
  start() {
    const onBack = () => {
      this.question = readQuestion(location.search, this.head);
      this.loadAll();
    };
    const onOnline = () => this.loadAll();
    const onOffline = () => this.set({ notice: "offline" });
    const onSeen = () => {
      if (!document.hidden) this.loadRealtime();
    };
    const ticking = setInterval(onSeen, REALTIME_SECONDS * 1000);
    addEventListener("popstate", onBack);
    addEventListener("online", onOnline);
    addEventListener("offline", onOffline);
    document.addEventListener("visibilitychange", onSeen);
    this.loadAll();
    return () => {
      clearInterval(ticking);
      clearTimeout(this.waiting);
      this.loading?.abort();
      removeEventListener("popstate", onBack);
      removeEventListener("online", onOnline);
      removeEventListener("offline", onOffline);
      document.removeEventListener("visibilitychange", onSeen);
    };
  }

  /** @param {() => void} listener @returns {() => void} */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @param {Partial<Board>} [changes] */
  set(changes = {}) {
    Object.assign(this, changes);
    for (const listener of this.listeners) listener();
  }

  /** @param {View} view */
  answer(view) {
    return this.answers.get(view);
  }

  /** @param {string} panel */
  shownView(panel) {
    return this.chosenViews.get(panel) ?? firstView(panel);
  }

  /** The filters in force: those of the link, which nobody can lift, and the reader's own. */
  allFilters() {
    return { ...this.question.filters, ...this.head.filters };
  }

  /** Change the question; the address and everything shown follow. @param {Partial<Question>} change */
  ask(change) {
    const before = this.question;
    this.question = { ...before, ...change };
    if (this.question.period !== "custom") Object.assign(this.question, { from: "", to: "" });
    writeQuestion(this.question);
    const isMetricAlone = Object.keys(change).every((name) => name === "metric");
    // Answers that are on their way are to the question before, and would be left out when they come.
    const isLoading = [...this.answers.values()].some((answer) => answer.state === "loading");
    if (isMetricAlone && !isLoading) this.load(["series"]);
    else this.loadAll();
  }

  /** Set a filter, or lift it if it has this value. */
  toggleFilter = (/** @type {string} */ filter, /** @type {string} */ value) => {
    if (filter in this.head.filters) return;
    const filters = { ...this.question.filters };
    if (filters[filter] === value) delete filters[filter];
    else filters[filter] = value;
    this.ask({ filters });
  };

  /** @param {string} panel @param {View} view */
  showView(panel, view) {
    this.chosenViews.set(panel, view);
    const known = this.answers.get(view);
    if (known?.state === "ready" && known.data !== undefined) this.set();
    else this.load([view]);
  }

  /** @param {View} view */
  openDetails(view) {
    this.set({ details: view });
  }

  /** Read up to 100 rows of a view. @param {View} view @returns {Promise<ListAnswer>} */
  async readDetails(view) {
    const query = this.query([view]);
    query.set("limit", DETAIL_ROWS);
    const data = await this.asked(query);
    if (data.failed[view]) throw new Fault(data.failed[view]);
    return data.panels[view];
  }

  loadAll() {
    const shown = this.panels.map((panel) => this.shownView(panel));
    for (const view of this.answers.keys()) if (!shown.includes(view)) this.answers.delete(view);
    return this.load(shown, { isAll: true });
  }

  loadRealtime() {
    if (this.panels.includes("realtime")) this.load(["realtime"], { isQuiet: true });
  }

  /**
   * Ask for views. What was shown before stays until the answer comes.
   * @param {View[]} views
   * @param {{ isAll?: boolean, isQuiet?: boolean }} [how]
   */
  async load(views, { isAll = false, isQuiet = false } = {}) {
    if (!views.length) return;
    if (isAll) {
      this.loading?.abort();
      this.loading = new AbortController();
      clearTimeout(this.waiting);
    }
    const question = JSON.stringify(this.question);
    const signal = this.loading?.signal;
    if (!isQuiet) {
      for (const view of views) this.answers.set(view, { ...this.answers.get(view), state: "loading", code: "" });
      this.set();
    }
    try {
      const data = /** @type {DataAnswer} */ (await this.asked(this.query(views), signal));
      if (question !== JSON.stringify(this.question)) return;
      for (const view of views) {
        const answer = data.panels[view];
        if (answer !== undefined) this.answers.set(view, { state: "ready", data: answer, span: data.period, question });
        else if (!isQuiet) this.answers.set(view, { state: "failed", code: data.failed[view] ?? "failed" });
      }
      this.set({ span: data.period, asOf: data.as_of, notice: navigator.onLine ? "" : "offline" });
    } catch (fault) {
      if (signal?.aborted || isQuiet || question !== JSON.stringify(this.question)) return;
      this.failed(views, fault instanceof Fault ? fault : new Fault("unreadable"));
    }
  }

  /**
   * Say of views that they were not read; numbers stay where the same was asked before and the fault passes by itself.
   * @param {View[]} views
   * @param {Fault} fault
   */
  failed(views, fault) {
    const question = JSON.stringify(this.question);
    for (const view of views) {
      const known = this.answers.get(view);
      const isKept = fault.isPassing && known?.data !== undefined && known.question === question;
      this.answers.set(view, isKept ? { ...known, state: "ready" } : { state: "failed", code: fault.code });
    }
    if (fault.isPassing && fault.waitSeconds <= LONGEST_WAIT_SECONDS) {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.loadAll(), (fault.waitSeconds || USUAL_WAIT_SECONDS) * 1000);
    }
    this.set({ notice: fault.code });
  }

  /** @param {View[]} views */
  query(views) {
    const query = questionQuery(this.question);
    query.set("panels", views.join(","));
    return query;
  }

  /**
   * Ask, and once more with a new session if this one has ended.
   * @param {URLSearchParams} query
   * @param {AbortSignal} [signal]
   */
  async asked(query, signal) {
    try {
      return await askData(this.session, query, signal);
    } catch (fault) {
      if (!(fault instanceof Fault) || fault.code !== "session_expired") throw fault;
      const opened = await this.renew();
      this.session = opened.session;
      return askData(this.session, query, signal);
    }
  }

  /** Whether nothing of the period could be read. */
  hasFailed() {
    const answers = this.ofPeriod();
    return answers.length > 1 && answers.every((answer) => answer?.state === "failed");
  }

  /** Why, if there is one reason for all. */
  failure() {
    const codes = new Set(this.ofPeriod().map((answer) => answer?.code ?? ""));
    return codes.size === 1 ? [...codes][0] : "";
  }

  /** The answers to what is shown but for the present, which the period does not change. */
  ofPeriod() {
    return this.panels.filter((panel) => panel !== "realtime").map((panel) => this.answers.get(this.shownView(panel)));
  }

  /** Whether the panels of a panel list have tabs. @param {string} panel */
  isList(panel) {
    return panel in LISTS;
  }
}
