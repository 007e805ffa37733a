import { ask, mayChange, order } from "./api.js";
import { make, show, state as sign, table, update, value } from "./dom.js";
import { confirmed, tell } from "./dialogs.js";
import { on } from "./events.js";
import { feedKind } from "./overview.js";
import { number, said, t, time } from "./words.js";

const interval = 2000;

export async function feeds(room) {
  const load = async () => draw((await ask("/api/feeds")).feeds);
  const act = async (feed, word, question, field) => {
    const given = await confirmed(t(question).replace("{0}", feed.feed), null, field,
      (to) => order(`/api/feeds/${encodeURIComponent(feed.feed)}/${word}`, to ? { to } : {}));
    if (given === null) return;
    tell(value(feed.feed), ": ", t("Requested."));
    await load();
  };
  const button = (feed, title, word, question, field, isOff) => make("button", {
    disabled: isOff, "aria-label": `${t(title)}: ${feed.feed}`, onclick: () => act(feed, word, question, field) }, t(title));
  const buttons = (feed) => make("div", { class: "actions" },
    button(feed, "Run now", "run", "Run feed {0} now?", null, feed.state === "paused"),
    feed.state === "paused"
      ? button(feed, "Resume", "resume", "Resume feed {0} where it stopped?")
      : button(feed, "Pause", "pause", "Pause feed {0} until it is resumed?"),
    button(feed, "Rewind", "rewind", "Publish again what feed {0} has published?", feed.progressKind === "snapshot"
      ? null : { label: t("Where to begin: a time, an age such as 2h, or a value; empty: from the beginning") }));
  const list = (rows) => table(
    [{ title: t("Feed") }, { title: t("State"), long: true }, { title: t("Failed"), number: true }, { title: t("Last run") },
      { title: t("Next run"), narrow: true }, { title: t("Collection") }, { title: t("Progress") },
      { title: t("Gateway") }, { title: "" }],
    rows.map((feed) => ({ key: feed.feed, cells: [
      make("strong", {}, value(feed.feed)),
      [sign(feedKind(feed), t(feed.state)), feed.reason ? make("div", { class: "bad" }, said(feed.reason)) : ""],
      make("span", { class: feed.failed ? "bad" : "" }, number(feed.failed)),
      feed.lastRun
        ? [time(feed.lastRun.at), make("div", { class: "soft" }, `${number(feed.lastRun.documents)} ${t(feed.lastRun.documents === 1 ? "document" : "documents")}`),
          feed.lastRun.error ? make("div", { class: "bad" }, said(feed.lastRun.error)) : ""]
        : t("never"),
      time(feed.nextRunAt),
      [value(feed.collection), make("div", { class: "soft" }, feed.progressKind === "snapshot" ? t("all documents at every run")
        : [t("Ordered by"), " ", feed.goesBy ? said(feed.goesBy) : "-"])],
      feed.progress === null ? "" : value(JSON.stringify(feed.progress)),
      value(feed.gateway, { none: "" }),
      mayChange() ? buttons(feed) : "",
    ] })), t("No feed has run yet."), t("Feeds"));
  const draw = (rows) => {
    const off = rows.filter((feed) => feed.state === "disabled");
    update(room, list(rows.filter((feed) => feed.state !== "disabled")),
      off.length > 0 && make("details", { key: "off" }, make("summary", {}, `${t("Off")} (${off.length}): ${off.map((feed) => feed.feed).join(", ")}`),
        table([{ title: t("Feed") }, { title: t("State") }, { title: t("Reason"), long: true }],
          off.map((feed) => ({ key: feed.feed, cells: [make("strong", {}, value(feed.feed)), sign("soft", t("off")), said(feed.reason)] })), "", t("Off"))));
  };
  show(room);
  await load();
  const look = () => load().catch(() => { /* the banner shows it */ });
  const timer = setInterval(look, interval);
  const stopGaps = on("gap", look);
  return () => {
    clearInterval(timer);
    stopGaps();
  };
}
