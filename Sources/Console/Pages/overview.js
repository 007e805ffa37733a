import { ask } from "./api.js";
import { chart, make, show, state, table, update, value } from "./dom.js";
import { on, status } from "./events.js";
import { number, said, t, time } from "./words.js";

const sum = (object) => Object.values(object).reduce((total, one) => total + one, 0);
const outcomes = (counts) => Object.entries(counts).map(([name, count]) => `${t(name)} ${number(count)}`).join(" · ");
/// Of values of which one may be unknown.
const all = (values) => (values.some((one) => one === null) ? null : values.reduce((total, one) => total + one, 0));
const waitingIn = (route) => (route.hasQueues ? all(route.sources.map((source) => source.waiting)) : 0);

/// Figures, charts of the last hour, routes, feeds, postings, parts.
export async function overview(room) {
  let history = (await ask("/api/history")).samples;
  const charts = make("div", { class: "cards" });
  const tables = make("div");

  const draw = (now) => {
    if (!now) return;
    const running = now.routes.filter((route) => route.state !== "off");
    const rate = running.reduce((total, route) => total + route.itemsPerSecond, 0);
    const waiting = now.routes.length === 0 ? null : all(now.routes.map(waitingIn));
    const failed = now.postings.reduce((total, posting) => total + posting.failed + posting.stuck, 0);
    const card = (title, figure, note, one, isBad) => make("section", { class: "card" },
      make("h2", {}, t(title)), make("div", { class: isBad ? "figure bad" : "figure" }, figure === null ? t("unknown") : number(figure)),
      make("div", { class: "soft" }, note),
      chart(history.map((sample) => ({ at: Date.parse(sample.at), value: one(sample) })), Date.now(), `${t(title)}, ${t("last hour")}`));
    update(charts,
      card("Items per second", Math.round(rate * 10) / 10, t("mean of ten seconds"), (s) => sum(s.itemsPerSecond)),
      card("Waiting messages", waiting, waiting === null ? t("not counted yet, or the broker of a queue is off or away") : t("in all queues"),
        (s) => s.waiting),
      card("Failed postings", failed, t("until they are sent or discarded"), (s) => s.failedPostings, failed > 0),
      card("Open dead letters", now.deadLetters.open ?? 0, t("until they are replayed or discarded"), (s) => s.openDeadLetters,
        now.deadLetters.open > 0));
    update(tables, routes(now, running), feedTable(now), postings(now), parts(now));
  };

  show(room, charts, tables);
  const stopListening = on("status", draw);
  draw(status ?? await ask("/api/status"));
  const look = async () => {
    try {
      history = (await ask("/api/history")).samples;
      draw(status);
    } catch { /* the banner shows it */ }
  };
  const timer = setInterval(look, 10000);
  const stopGaps = on("gap", look);
  return () => {
    stopListening();
    stopGaps();
    clearInterval(timer);
  };
}

const routeKind = (route) => (route.state === "running" ? "good" : route.state === "off" ? "soft" : "warn");

function routes(now, running) {
  const list = (some) => table(
    [{ title: t("Route") }, { title: t("State") }, { title: t("Items per second"), number: true },
      { title: t("Waiting"), number: true }, { title: t("Outcomes") }, { title: t("Last error"), long: true }],
    some.map((route) => {
      const part = now.parts.find((one) => one.name === `route ${route.name}`);
      return { key: route.name, cells: [
        [make("strong", {}, value(route.name)), route.endpoint && make("div", { class: "soft" }, place(route.endpoint))],
        state(routeKind(route), t(route.state)),
        route.state === "off" ? "" : number(route.itemsPerSecond),
        route.endpoint ? "" : route.sources.map((s) => make("div", {}, value(s.name), route.hasQueues
          ? [": ", s.waiting === null ? t("unknown") : number(s.waiting)] : "")),
        [make("div", {}, outcomes(route.items)), route.sockets === null && make("div", { class: "soft" }, t("Messages"), ": ", outcomes(route.messages) || "0"),
          Object.keys(route.answers).length > 0 && make("div", { class: "soft" }, t("Answers"), ": ", outcomes(route.answers)),
          route.sockets !== null && make("div", {}, t("Open connections"), ": ", number(route.sockets)),
          make("div", { class: "soft" }, t("since"), " ", time(route.countedSince))],
        part && !part.ok ? make("span", { class: "bad" }, said(part.detail)) : "",
      ] };
    }), t("No routes are running."), t("Routes"));
  const off = now.routes.filter((route) => route.state === "off");
  return [make("h2", {}, t("Routes")), list(running), folded(off, list, "routes")];
}

/// Where requests or connections come in.
const place = (to) => [`${to.method ?? "WebSocket"} `, to.path === null ? t("any path") : value(to.path), ` · ${t("listener")} `, value(to.listener)];

/// What is switched off, folded.
const folded = (off, list, key) => (off.length === 0 ? null
  : make("details", { key: `off-${key}` }, make("summary", {}, `${t("Off")} (${off.length}): `, off.map((one, index) => [index ? ", " : "", value(one.name)])),
    list(off)));

function feedTable(now) {
  const list = (some) => table(
    [{ title: t("Feed") }, { title: t("State") }, { title: t("Last run"), narrow: true },
      { title: t("Next run"), narrow: true }, { title: t("Failed"), number: true }, { title: t("Lag"), number: true },
      { title: t("Reason"), long: true }],
    some.map((feed) => ({ key: feed.name, cells: [
      make("strong", {}, value(feed.name)), state(feedKind(feed), t(feed.state)), time(feed.lastRunAt) || t("never"), time(feed.nextRunAt),
      make("span", { class: feed.failed ? "bad" : "" }, number(feed.failed)),
      feed.lagSeconds === null ? "" : `${number(Math.round(feed.lagSeconds))} s`, feed.reason ? said(feed.reason) : "",
    ] })), t("No feeds."), t("Feeds"));
  const off = now.feeds.filter((feed) => feed.state === "disabled");
  return [make("h2", {}, t("Feeds")), list(now.feeds.filter((feed) => feed.state !== "disabled")), folded(off, list, "feeds")];
}

export const feedKind = (feed) => (feed.state === "holding" ? "bad" : feed.failed || feed.state === "paused" || feed.state === "not running" ? "warn"
  : feed.state === "disabled" ? "soft" : "good");

function postings(now) {
  return [make("h2", {}, t("Postings")), table(
    [{ title: t("Name") }, { title: t("Destination") }, { title: t("Pending"), number: true },
      { title: t("Failed"), number: true }, { title: t("Since"), narrow: true }, { title: t("Reason"), long: true }],
    now.postings.map((posting) => ({ key: `${posting.name} ${posting.destination}`, cells: [
      value(posting.name), value(posting.destination), number(posting.pending),
      make("span", { class: posting.failed + posting.stuck ? "bad" : "" }, number(posting.failed + posting.stuck)),
      time(posting.since), posting.reason ? said(posting.reason) : "",
    ] })), t("No postings wait."), t("Postings"))];
}

function parts(now) {
  // Problems first.
  const sorted = [...now.parts].sort((a, b) => Number(a.ok) - Number(b.ok));
  return [make("h2", {}, t("Components")),
    make("p", { class: "soft" }, `${t(now.status)} · ${t("Guarantee")}: `, said(now.guarantee), ` · ${now.version}`),
    table(
      [{ title: t("Component") }, { title: t("State") }, { title: t("Since"), narrow: true }, { title: t("Detail"), long: true }],
      sorted.map((part) => ({ key: part.name, cells: [
        value(part.name), state({ up: "good", down: "bad", off: "soft" }[part.state], t(part.state)), time(part.since),
        said(part.detail),
      ] })), "", t("Components"))];
}
