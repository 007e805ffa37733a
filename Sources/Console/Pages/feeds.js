import { ask, mayChange, order } from "/assets/api.js";
import { make, show, table } from "/assets/dom.js";
import { confirmed, tell } from "/assets/dialogs.js";
import { number, t, time } from "/assets/words.js";

const interval = 2000;

export async function feeds(room) {
  const load = async () => draw((await ask("/api/feeds")).feeds);
  const act = async (feed, word, question, field) => {
    const value = await confirmed(t(question), feed.feed, field);
    if (value === null) return;
    await order(`/api/feeds/${encodeURIComponent(feed.feed)}/${word}`, value ? { to: value } : {});
    tell(`${feed.feed}: ${t("Requested.")}`);
    await load();
  };
  const buttons = (feed) => make("div", { class: "actions" },
    make("button", { disabled: feed.state === "paused", onclick: () => act(feed, "run", "Run this feed now?") }, t("Run now")),
    feed.state === "paused"
      ? make("button", { onclick: () => act(feed, "resume", "Resume this feed where it stopped?") }, t("Resume"))
      : make("button", { onclick: () => act(feed, "pause", "Pause this feed until it is resumed?") }, t("Pause")),
    make("button", {
      onclick: () => act(feed, "rewind", "Publish again what this feed has published?", feed.progressKind === "snapshot"
        ? null : { label: t("Where to begin: a time, an age such as 2h, or a value; empty: from the beginning") }),
    }, t("Rewind")));
  let shown = "";
  const draw = (rows) => {
    // Redrawn only if something has changed, so that the keyboard focus is kept.
    const text = JSON.stringify(rows);
    if (text === shown) return;
    shown = text;
    const focus = document.activeElement?.closest?.("[data-feed]")?.dataset.feed;
    show(room, table(
      [{ title: t("Feed") }, { title: t("Collection") }, { title: t("State"), long: true }, { title: t("Last run") },
        { title: t("Next run"), narrow: true }, { title: t("Progress") }, { title: t("Failed"), number: true },
        { title: t("Gateway") }, { title: "" }],
      rows.map((feed) => [
        make("strong", {}, feed.feed),
        [feed.collection, make("div", { class: "soft" }, t("Ordered by"), " ", feed.goesBy)],
        [t(feed.state), feed.reason ? make("div", { class: "bad" }, feed.reason) : ""],
        feed.lastRun
          ? [time(feed.lastRun.at), make("div", { class: "soft" }, `${number(feed.lastRun.documents)} ${t("documents")}`),
            feed.lastRun.error ? make("div", { class: "bad" }, feed.lastRun.error) : ""]
          : t("never"),
        time(feed.nextRunAt), feed.progress === null ? "" : JSON.stringify(feed.progress),
        make("span", { class: feed.failed ? "bad" : "" }, number(feed.failed)), feed.gateway ?? "",
        make("div", { "data-feed": feed.feed }, mayChange() ? buttons(feed) : ""),
      ]), t("No feed has run yet.")));
    if (focus) [...room.querySelectorAll("[data-feed]")].find((e) => e.dataset.feed === focus)?.querySelector("button:enabled")?.focus();
  };
  await load();
  const timer = setInterval(() => load().catch(() => { /* the banner shows it */ }), interval);
  return () => clearInterval(timer);
}
