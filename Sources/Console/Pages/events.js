// Live events: one stream shared by the whole page.
import { loadSession } from "/assets/api.js";

const listeners = new Map();
const patience = 1500;
const pause = 2000;
let source;
let lost;
let again;
export let status = null;

export function on(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, new Set());
  listeners.get(topic).add(listener);
  return () => listeners.get(topic).delete(listener);
}

function give(topic, value) {
  for (const listener of listeners.get(topic) ?? []) listener(value);
}

/// Besides the gateway's topics: `connection` listeners get true or false; `gap`: events may have been missed, so reload
/// what is shown; `loggedOut`: the session has ended.
export function follow() {
  stop();
  const own = new EventSource("/api/events");
  let hasFailed = false;
  source = own;
  own.addEventListener("open", async () => {
    clearTimeout(lost);
    lost = undefined;
    give("connection", true);
    if (!hasFailed) return;
    hasFailed = false;
    // It may be another run of the gateway, without this page's subscriptions.
    await loadSession();
    give("gap");
  });
  own.addEventListener("error", () => {
    hasFailed = true;
    lost ??= setTimeout(() => give("connection", false), patience);
    if (own.readyState === EventSource.CLOSED) again ??= setTimeout(knock, pause);
  });
  own.addEventListener("gap", () => give("gap"));
  for (const topic of ["status", "deadLetters", "postings", "outcomes"]) {
    own.addEventListener(topic, (event) => {
      const value = JSON.parse(event.data);
      if (topic === "status") status = value;
      give(topic, value);
    });
  }
}

/// After the stream was refused: the session has ended, or the gateway is restarting.
async function knock() {
  const before = source;
  again = undefined;
  try {
    await loadSession();
  } catch (problem) {
    if (before !== source) return;
    if (problem.status === 401) {
      stop();
      give("connection", true);
      give("loggedOut");
    } else {
      again = setTimeout(knock, pause);
    }
    return;
  }
  if (before !== source) return;
  follow();
  give("gap");
}

export function stop() {
  clearTimeout(lost);
  clearTimeout(again);
  lost = again = undefined;
  source?.close();
  source = undefined;
}

/// Debounce: calls `load` at once, then at most once a second, and once more after the last event.
export function bundled(load) {
  let isBusy = false;
  let isWanted = false;
  const run = async () => {
    isBusy = true;
    isWanted = false;
    try { await load(); } catch { /* the banner shows it */ }
    setTimeout(() => {
      isBusy = false;
      if (isWanted) run();
    }, 1000);
  };
  return () => {
    isWanted = true;
    if (!isBusy) run();
  };
}
