// The live events: one stream for the page, given to whoever wants them.

const listeners = new Map();
let source;
let lost;
export let status = null;

export function on(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, new Set());
  listeners.get(topic).add(listener);
  return () => listeners.get(topic).delete(listener);
}

function give(topic, value) {
  for (const listener of listeners.get(topic) ?? []) listener(value);
}

/// `connection` listeners are told true and false.
export function follow() {
  stop();
  source = new EventSource("/api/events");
  const arrived = () => {
    clearTimeout(lost);
    lost = undefined;
    give("connection", true);
  };
  source.addEventListener("open", arrived);
  source.addEventListener("error", () => {
    // A stream that is refused for good is tried again too: the gateway may be starting anew.
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 2000);
    lost ??= setTimeout(() => give("connection", false), 1500);
  });
  for (const topic of ["status", "deadLetters", "postings", "outcomes"]) {
    source.addEventListener(topic, (event) => {
      const value = JSON.parse(event.data);
      if (topic === "status") status = value;
      give(topic, value);
    });
  }
}

export function stop() {
  source?.close();
  source = undefined;
}
