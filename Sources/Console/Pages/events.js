// Live events: one WebSocket for the page. Browsers open six streams of events at most for all tabs together, and hundreds of
// WebSockets. Where a proxy does not pass WebSockets on, the status is asked for instead.
import { address, ask, loadSession } from "./api.js";

const topics = ["status", "deadLetters", "postings", "outcomes"];
const listeners = new Map();
/// Milliseconds after which a lost connection is shown.
const patience = 1500;
const pause = 2000;
/// The gateway repeats its status every ten seconds; after this silence the connection is taken for dead.
const silence = 25000;
const interval = 3000;
let source;
let lost;
let again;
let watch;
let poll;
let refusals = 0;
export let status = null;

export function on(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, new Set());
  listeners.get(topic).add(listener);
  return () => listeners.get(topic).delete(listener);
}

function give(topic, value) {
  if (topic === "status") status = value;
  for (const listener of [...listeners.get(topic) ?? []]) listener(value);
}

/// Besides the gateway's topics: `connection` listeners get true or false; `gap`: events may have been missed, so reload
/// what is shown; `loggedOut`: the session has ended.
export function follow(isAgain = false) {
  stop();
  const own = new WebSocket(address("/ws").replace(/^http/, "ws"));
  source = own;
  own.onopen = () => {
    nowConnected();
    for (const topic of topics) own.send(JSON.stringify({ type: "subscribe", topic }));
    if (isAgain) give("gap");
  };
  const stillThere = () => {
    clearTimeout(watch);
    watch = setTimeout(() => own.close(), silence);
  };
  stillThere();
  own.onmessage = ({ data }) => {
    // Not when it opens: a proxy may accept a WebSocket and close it at once.
    refusals = 0;
    stillThere();
    const message = JSON.parse(data);
    if (message.type === "event") give(message.topic, message.data);
    if (message.type === "gap") give("gap");
  };
  own.onclose = () => {
    if (source !== own) return;
    refusals += 1;
    lost ??= setTimeout(() => give("connection", false), patience);
    again ??= setTimeout(knock, refusals === 1 ? 0 : pause);
  };
}

function nowConnected() {
  clearTimeout(lost);
  lost = undefined;
  give("connection", true);
}

/// After the connection ended or was refused: the session has ended, or the gateway is restarting, or WebSockets do not pass.
async function knock() {
  const before = source;
  again = undefined;
  try {
    // It may be another run of the gateway, which knows another session.
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
  if (refusals > 2) askFor();
  else follow(true);
}

function askFor() {
  stop();
  let seen = "";
  const look = async () => {
    const own = poll;
    try {
      const now = await ask("/api/status");
      if (own !== poll) return;
      nowConnected();
      give("status", now);
      const counts = JSON.stringify([now.deadLetters, now.postings]);
      if (counts !== seen) give("gap");
      seen = counts;
    } catch (problem) {
      if (own !== poll) return;
      if (problem.status === 401) {
        stop();
        give("loggedOut");
      } else {
        lost ??= setTimeout(() => give("connection", false), patience);
      }
    }
  };
  poll = setInterval(look, interval);
  look();
}

export function stop() {
  clearTimeout(lost);
  clearTimeout(again);
  clearTimeout(watch);
  clearInterval(poll);
  lost = again = watch = poll = undefined;
  const before = source;
  source = undefined;
  before?.close();
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
