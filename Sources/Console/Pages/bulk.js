// Replays or discards many dead letters: with a rate limit, until all are done or it is stopped; and shows the outcomes.
import { ask, order } from "./api.js";
import { make, show } from "./dom.js";
import { wordsOf } from "./dialogs.js";
import { number, reasonWords, said, t } from "./words.js";

const atOnce = 200;
/// Maximum number of replays in one request.
const askedAtOnce = 100;
/// Milliseconds to wait for what comes of replays.
const patience = 10000;
const sleep = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

/// `query`: the filter, as in the address. `title`: the filter, in words. `count`: the expected number; with another number
/// nothing is done.
export const replayMany = (query, title, count) => many("replay", "Replay all of these?", query, title, count);
export const discardMany = (query, title, count) => many("discard", "Discard all of these?", query, title, count);

function many(verb, question, query, title, count) {
  return new Promise((resolve) => {
    const body = make("div");
    const dialog = make("dialog", { "aria-labelledby": "bulk-title", class: "wide" },
      make("h2", { id: "bulk-title" }, t(question)), make("p", {}, title), body);
    const work = {
      verb, query, count, left: count, cursor: null, done: 0, failed: 0, ids: [], first: null, isStopped: false, body: {} };
    dialog.addEventListener("close", () => {
      work.isStopped = true;
      dialog.remove();
      resolve();
    });
    document.body.append(dialog);
    choose(work, body, dialog);
    dialog.showModal();
  });
}

function choose(work, body, dialog) {
  const isReplay = work.verb === "replay";
  const canary = make("input", { type: "checkbox", name: "canary", id: "bulk-canary", checked: isReplay });
  const rate = make("input", { type: "number", name: "rate", id: "bulk-rate", min: 1, max: 1000, step: 1, size: 6 });
  const why = make("input", { name: "why", id: "bulk-why", autocomplete: "off" });
  const submit = async (event) => {
    event.preventDefault();
    if (why.value) work.body = { reason: why.value };
    let problem;
    try {
      if (!isReplay || !canary.checked || await goAhead(work, body, dialog)) await rest(work, body, Number(rate.value) || null);
    } catch (error) {
      // The login form is behind the dialog.
      if (error.status === 401) {
        dialog.close();
        throw error;
      }
      problem = wordsOf(error);
    }
    if (dialog.open) await tellEnd(work, body, dialog, problem);
  };
  show(body, make("form", { onsubmit: submit },
    make("p", { class: "soft" }, t(isReplay ? "Dead letters that arrive from now on are not replayed, nor those that fail again."
      : "Dead letters that arrive from now on are not discarded.")),
    isReplay ? [
      make("p", { class: "choice" }, canary, make("label", { for: "bulk-canary" }, t("Replay one first and check its outcome"))),
      make("p", { class: "choice" }, make("label", { for: "bulk-rate" }, t("Maximum number of dead letters per second")), rate,
        make("span", { class: "soft" }, t("empty: no limit")))]
      : make("p", { class: "choice" }, make("label", { for: "bulk-why" }, `${t("Why?")} (${t("optional")})`), why),
    make("div", { class: "actions" }, make("button", { class: "main" }, t(isReplay ? "Start" : "Discard")),
      make("button", { type: "button", onclick: () => dialog.close() }, t("Cancel")))));
}

/// Does at most `limit` more; returns the result. The first request is refused if not `count` dead letters match.
async function send(work, limit) {
  const place = work.cursor ? { cursor: work.cursor } : { expected: work.count };
  const query = new URLSearchParams({ ...work.query, limit, ...place });
  const answer = await order(`/api/dead-letters/${work.verb}?${query}`, work.body);
  work.done += answer.done;
  work.failed += answer.failed;
  work.ids.push(...answer.ids);
  work.first ??= answer.firstFailure;
  work.left = answer.left;
  work.cursor = answer.cursor;
  return answer;
}

/// Replays one first. Returns whether to continue with the others.
async function goAhead(work, body, dialog) {
  show(body, make("p", { role: "status" }, t("Replaying one first"), "…"),
    make("div", { class: "actions" }, make("button", { onclick: () => dialog.close() }, t("Stop"))));
  const { last } = await send(work, 1);
  const fate = last ? await outcome(last.id, () => work.isStopped) : { state: "none" };
  if (!dialog.open) return false;
  if (!work.cursor) {
    // It was the only one.
    work.note = words(fate, work);
    return false;
  }
  return new Promise((resolve) => {
    const go = make("button", { class: fate.state === "applied" ? "main" : "", onclick: () => resolve(true) },
      `${t("Go on with the rest")} (${number(work.left)})`);
    const end = make("button", { class: fate.state === "applied" ? "" : "main", onclick: () => dialog.close() }, t("Stop here"));
    dialog.addEventListener("close", () => resolve(false));
    show(body, words(fate, work), make("div", { class: "actions" }, go, end));
    (fate.state === "applied" ? go : end).focus();
  });
}

/// What comes of one replay, as soon as that is known.
export async function outcome(id, isOver = () => false) {
  const end = Date.now() + patience;
  for (;;) {
    const fate = await ask(`/api/dead-letters/${encodeURIComponent(id)}/replay`);
    if (fate.state !== "sent" || Date.now() > end || isOver()) return fate;
    await sleep(250);
  }
}

function words(fate, work) {
  if (fate.state === "applied") return make("p", { class: "good", role: "status" }, t("The first one was applied."));
  if (fate.state === "failed") {
    return make("div", { class: "bad", role: "alert" }, make("p", {}, t("The first one failed again:")), again(fate.letter));
  }
  if (fate.state === "sent") {
    return make("p", { class: "warn", role: "alert" }, t("The first one was sent, but not applied within ten seconds."));
  }
  return make("p", { class: "bad", role: "alert" }, t("The first one could not be sent:"), " ", work.first ? said(work.first) : "");
}

/// The dead letter that a replay became, with a link.
export function again(letter) {
  const [reason] = letter.reasons;
  return make("p", {}, make("strong", {}, reason.code), " ", reasonWords(reason), " ",
    make("a", { href: `#/dead-letters/${encodeURIComponent(letter._id)}` }, t("The new dead letter")));
}

async function rest(work, body, rate) {
  const began = Date.now();
  const doneBefore = work.done + work.failed;
  const bar = make("progress", { max: Math.max(work.left, 1), value: 0, "aria-label": t("Progress") });
  const figures = make("p", { role: "status" });
  const stop = make("button", { onclick: () => { work.isStopped = true; } }, t("Stop"));
  show(body, bar, figures, make("div", { class: "actions" }, stop));
  stop.focus();
  const draw = () => {
    const ended = work.done + work.failed - doneBefore;
    bar.max = Math.max(ended + work.left, 1);
    bar.value = ended;
    show(figures, sums(work));
  };
  draw();
  while (!work.isStopped && work.left > 0) {
    await send(work, rate ? Math.min(Math.max(Math.round(rate / 2), 1), atOnce) : atOnce);
    draw();
    if (!work.cursor) break;
    const due = rate ? began + (work.done + work.failed - doneBefore) * 1000 / rate : 0;
    // In small steps, so that stopping is immediate.
    while (!work.isStopped && Date.now() < due) await sleep(Math.min(due - Date.now(), 100));
  }
}

const sums = (work) => [`${t(work.verb === "replay" ? "Sent" : "Discarded")}: ${number(work.done)} · ${t("left")}: ${number(work.left)}`,
  work.failed ? [` · ${t("failed")}: ${number(work.failed)} (`, said(work.first ?? ""), ")"] : ""];

async function tellEnd(work, body, dialog, problem) {
  const close = make("button", { class: "main", onclick: () => dialog.close() }, t("Close"));
  const came = make("div", { role: "status" });
  // A link of the outcome leads away from here.
  came.addEventListener("click", (event) => { if (event.target.closest("a")) dialog.close(); });
  show(body, work.note, make("p", { role: "status" }, sums(work)), came,
    problem && make("p", { class: "bad", role: "alert" }, problem), make("div", { class: "actions" }, close));
  close.focus();
  if (work.verb === "replay" && work.ids.length > 0) await tellOutcomes(work, came, dialog);
}

/// Counts what came of the replays, until all are settled or the dialog is closed.
async function tellOutcomes(work, room, dialog) {
  const fates = new Map();
  let waiting = work.ids;
  let failure = null;
  let pause = 250;
  while (dialog.open) {
    for (let at = 0; at < waiting.length && dialog.open; at += askedAtOnce) {
      const ids = waiting.slice(at, at + askedAtOnce);
      let answer;
      try {
        answer = await ask("/api/dead-letters/replay", { ids: ids.join(",") });
      } catch (error) {
        if (error.status === 401) dialog.close();
        if (!error.isPassing) throw error;
        break;
      }
      for (const fate of answer.replays) {
        fates.set(fate.id, fate.state);
        if (fate.state === "failed") failure ??= fate.letter;
      }
    }
    waiting = waiting.filter((id) => (fates.get(id) ?? "sent") === "sent");
    const count = (state) => [...fates.values()].filter((one) => one === state).length;
    show(room, make("p", { class: count("failed") ? "bad" : waiting.length ? "warn" : "good" },
      `${t("applied")}: ${number(count("applied"))} · ${t("failed again")}: ${number(count("failed"))} · ${t("not applied yet")}: ${number(waiting.length)}`),
      failure && [make("p", {}, t("The first that failed again:")), again(failure)]);
    if (waiting.length === 0) return;
    await sleep(pause);
    pause = Math.min(pause * 1.5, 5000);
  }
}
