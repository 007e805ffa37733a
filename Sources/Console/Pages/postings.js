import { ask, mayChange, order } from "/assets/api.js";
import { make, show, table } from "/assets/dom.js";
import { confirmed, tell } from "/assets/dialogs.js";
import { bundled, on } from "/assets/events.js";
import { number, t, time } from "/assets/words.js";

/// Postings waiting to be published, and failed ones.
export async function postings(room) {
  const load = async () => draw(await ask("/api/postings"));
  const act = async (row, word, question, done) => {
    if (await confirmed(t(question), `${row.name} → ${target(row.target)}`) === null) return;
    await order(`/api/postings/${encodeURIComponent(row._id)}/${word}`);
    tell(done);
    await load();
  };
  const buttons = (row) => make("div", { class: "actions" },
    make("button", { onclick: () => act(row, "retry", "Try this posting again now?", t("Requested.")) }, t("Try again")),
    make("button", { onclick: () => act(row, "discard", "Drop this posting? It is never sent.", t("Discarded.")) },
      t("Discard")));
  const draw = (answer) => show(room,
    answer.count > answer.postings.length
      && make("p", { class: "soft" }, `${number(answer.postings.length)} / ${number(answer.count)}`),
    table(
      [{ title: t("Name") }, { title: t("Destination") }, { title: t("State") }, { title: t("Attempts"), number: true },
        { title: t("Since"), narrow: true }, { title: t("Reason"), long: true }, { title: "" }],
      answer.postings.map((row) => [
        make("strong", {}, row.name), target(row.target),
        make("span", { class: row.state === "pending" ? "" : "bad" }, t(row.state)), number(row.attempts ?? 0),
        time(row.failedSince ?? row.registeredAt), row.reason ?? "", mayChange() && buttons(row),
      ]), t("No postings wait.")));
  await load();
  const soon = bundled(load);
  const stops = [on("postings", soon), on("gap", soon)];
  return () => stops.forEach((stop) => stop());
}

function target(to) {
  if (to.kind === "file") return `file ${to.path}`;
  if (to.kind !== "amqp") return to.kind;
  return to.exchange ? `exchange ${to.exchange}, ${to.routingKey}` : `queue ${to.routingKey}`;
}
