// HTTP client of the gateway's API. Errors carry their remedy.

export class Problem extends Error {
  constructor(status, error) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.remedy = error.remedy;
  }
  /// Whether the same may succeed later: the gateway or its store is away.
  get isPassing() { return this.status === 0 || this.status === 503; }
}

export const session = { role: null, csrf: null, canLogOut: false };

/// Seconds that an answer may take.
const patience = 30;
/// Where the console is: its root, or a path that a proxy gives it.
const root = new URL("..", import.meta.url);
/// `path`: as in the API's description.
export const address = (path) => new URL(path.slice(1), root).href;

async function answer(path, options) {
  let response;
  let text;
  try {
    response = await fetch(address(path), {
      credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(patience * 1000), ...options });
    text = await response.text();
  } catch (error) {
    throw new Problem(0, error.name === "TimeoutError"
      ? { code: "late", message: `the gateway did not answer within ${patience} s`, remedy: "try again; see whether it is busy" }
      : { code: "away", message: "the gateway does not answer", remedy: "see whether it runs" });
  }
  if (response.ok) return JSON.parse(text);
  let error = { code: "failed", message: `HTTP ${response.status}`, remedy: "" };
  try { error = JSON.parse(text).error ?? error; } catch { /* not JSON: keep the status */ }
  throw new Problem(response.status, error);
}

export async function ask(path, query) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value);
  const search = given.length ? "?" + new URLSearchParams(given) : "";
  return answer(path + search);
}

/// `body`: a text is sent unchanged, an object as JSON.
export async function order(path, body) {
  return answer(path, {
    method: "POST",
    headers: { "X-CSRF-Token": session.csrf ?? "", "Content-Type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body ?? {}),
  });
}

export async function loadSession() { Object.assign(session, await ask("/api/session")); }

export const mayChange = () => session.role === "operator";
