import { ask, mayChange, order } from "./api.js";
import { gone, make, state as sign, table, update, value } from "./dom.js";
import { confirmed, tell } from "./dialogs.js";
import { bundled, on } from "./events.js";
import { number, said, t, time } from "./words.js";

/// Postings waiting to be published, and failed ones.
export async function postings(room) {
  let rows = [];
  const load = async () => draw(await ask("/api/postings"));
  const act = async (row, word, question, done) => {
    const answer = await confirmed(t(question), [value(row.name), " → ", target(row.target), ", id ", value(row._id)], null,
      () => order(`/api/postings/${encodeURIComponent(row._id)}/${word}`));
    if (answer === null) return;
    tell(done);
    await load();
  };
  const buttons = (row) => make("div", { class: "actions" },
    make("button", { disabled: row.isGone, "aria-label": `${t("Try again")}: ${row.name} ${row._id}`,
      onclick: () => act(row, "retry", "Try this posting again now?", t("Requested.")) }, t("Try again")),
    make("button", { disabled: row.isGone, "aria-label": `${t("Discard")}: ${row.name} ${row._id}`,
      onclick: () => act(row, "discard", "Discard this posting? It is never sent.", t("Discarded.")) }, t("Discard")));
  const draw = (answer) => {
    // What went out stays in its place while somebody is at a row, so that no button moves under the pointer.
    const isUsed = room.querySelector("tbody:hover, tbody:focus-within");
    const now = new Map(answer.postings.map((row) => [row._id, row]));
    const before = isUsed ? rows.map((row) => now.get(row._id) ?? { ...row, isGone: true }) : [];
    rows = before.concat(answer.postings.filter((row) => !before.some((one) => one._id === row._id)));
    update(room,
      make("p", { class: "soft" }, answer.count > answer.postings.length
        ? `${number(answer.postings.length)} / ${number(answer.count)}` : ""),
      table(
        [{ title: t("Name") }, { title: "Id" }, { title: t("Destination") }, { title: t("State") }, { title: t("Attempts"), number: true },
          { title: t("Since"), narrow: true }, { title: t("Reason"), long: true }, { title: "" }],
        rows.map((row) => ({ key: row._id, class: row.isGone ? "gone" : null, cells: [
          make("strong", {}, value(row.name)), value(row._id), target(row.target),
          [sign(row.state === "pending" ? "warn" : "bad", t(row.state)), gone(row)],
          number(row.attempts ?? 0),
          time(row.failedSince ?? row.registeredAt), row.reason ? said(row.reason) : "", mayChange() && buttons(row),
        ] })), t("No postings wait."), t("Postings")));
  };
  room.replaceChildren();
  await load();
  const soon = bundled(load);
  const stops = [on("postings", soon), on("gap", soon)];
  return () => stops.forEach((stop) => stop());
}

function target(to) {
  if (to.kind === "file") return [`${t("file")} `, value(to.path)];
  if (to.kind !== "amqp") return to.kind;
  return to.exchange ? [`${t("exchange")} `, value(to.exchange), ", ", value(to.routingKey)] : [`${t("queue")} `, value(to.routingKey)];
}
