import { ask } from "/assets/api.js";
import { chart, make, show, table } from "/assets/dom.js";
import { on, status } from "/assets/events.js";
import { number, t, time } from "/assets/words.js";

const sum = (object) => Object.values(object).reduce((total, value) => total + value, 0);
const outcomes = (counts) => Object.entries(counts).map(([name, count]) => `${name} ${number(count)}`).join(" · ");

/// Figures, charts of the last hour, routes, feeds, postings, parts.
export async function overview(room) {
  let history = (await ask("/api/history")).samples;
  const charts = make("div", { class: "cards" });
  const tables = make("div");

  const draw = (now) => {
    if (!now) return;
    const rate = now.routes.reduce((total, route) => total + route.itemsPerSecond, 0);
    const waiting = now.routes.flatMap((route) => route.sources).reduce((total, s) => total + (s.waiting ?? 0), 0);
    const failed = now.postings.reduce((total, posting) => total + posting.failed + posting.stuck, 0);
    const card = (title, value, values, isBad) => make("section", { class: "card" },
      make("h2", {}, t(title)), make("div", { class: isBad ? "figure bad" : "figure" }, number(value)),
      chart(values, `${t(title)}, ${t("last hour")}`), make("span", { class: "soft" }, t("last hour")));
    show(charts,
      card("Items per second", Math.round(rate * 10) / 10, history.map((s) => sum(s.itemsPerSecond))),
      card("Waiting messages", waiting, history.map((s) => s.waiting).filter((n) => n !== null)),
      card("Failed postings", failed, history.map((s) => s.failedPostings), failed > 0),
      card("Open dead letters", now.deadLetters.open ?? 0, history.map((s) => s.openDeadLetters),
        now.deadLetters.open > 0));
    show(tables, routes(now), feedTable(now), postings(now), parts(now));
  };

  show(room, charts, tables);
  const stopListening = on("status", draw);
  draw(status ?? await ask("/api/status"));
  const look = async () => {
    try {
      history = (await ask("/api/history")).samples;
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

function routes(now) {
  return [make("h2", {}, t("Routes")), table(
    [{ title: t("Route") }, { title: t("State") }, { title: t("Items per second"), number: true },
      { title: t("Waiting"), number: true }, { title: `${t("Outcomes")}, ${t("since start")}` },
      { title: t("Last error"), long: true }],
    now.routes.map((route) => {
      const part = now.parts.find((one) => one.name === `route ${route.name}`);
      return [
        make("strong", {}, route.name),
        make("span", { class: route.state === "running" ? "good" : "warn" }, t(route.state)),
        number(route.itemsPerSecond),
        route.sources.map((s) => make("div", {}, s.name, ": ", s.waiting === null ? "?" : number(s.waiting))),
        [make("div", {}, outcomes(route.items)), make("div", { class: "soft" }, t("Messages"), ": ", outcomes(route.messages))],
        part && !part.ok ? make("span", { class: "bad" }, part.detail) : "",
      ];
    }), t("No routes are running."))];
}

function feedTable(now) {
  return [make("h2", {}, t("Feeds")), table(
    [{ title: t("Feed") }, { title: t("State") }, { title: t("Last run"), narrow: true },
      { title: t("Next run"), narrow: true }, { title: t("Failed"), number: true }, { title: t("Lag"), number: true },
      { title: t("Reason"), long: true }],
    now.feeds.map((feed) => [
      make("strong", {}, feed.name), t(feed.state), time(feed.lastRunAt) || t("never"), time(feed.nextRunAt),
      make("span", { class: feed.failed ? "bad" : "" }, number(feed.failed)),
      feed.lagSeconds === null ? "" : `${number(Math.round(feed.lagSeconds))} s`, feed.reason ?? "",
    ]), t("No feeds."))];
}

function postings(now) {
  return [make("h2", {}, t("Postings")), table(
    [{ title: t("Name") }, { title: t("Destination") }, { title: t("Pending"), number: true },
      { title: t("Failed"), number: true }, { title: t("Since"), narrow: true }, { title: t("Reason"), long: true }],
    now.postings.map((posting) => [
      posting.name, posting.destination, number(posting.pending),
      make("span", { class: posting.failed + posting.stuck ? "bad" : "" }, number(posting.failed + posting.stuck)),
      time(posting.since), posting.reason ?? "",
    ]), t("No postings wait."))];
}

function parts(now) {
  return [make("h2", {}, t("Parts")),
    make("p", { class: "soft" }, `${t(now.status)} · ${t("Guarantee")}: ${now.guarantee} · ${now.version}`),
    table(
      [{ title: t("Part") }, { title: t("State") }, { title: t("Since"), narrow: true }, { title: t("Detail"), long: true }],
      now.parts.map((part) => [
        part.name, make("span", { class: part.ok ? "good" : "bad" }, t(part.ok ? "up" : "down")), time(part.since),
        part.detail,
      ]), "")];
}
