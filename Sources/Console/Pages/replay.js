// Replays many dead letters: optionally one first, then the rest with a rate limit, until all are done or it is stopped.
import { ask, order } from "/assets/api.js";
import { make, show } from "/assets/dom.js";
import { number, t } from "/assets/words.js";

const atOnce = 200;
const patience = 10000;
const sleep = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

/// `query`: the filter, as in the address. `title`: the filter, in words. `count`: number of dead letters.
export function replayMany(query, title, count) {
  return new Promise((resolve) => {
    const body = make("div");
    const dialog = make("dialog", { "aria-labelledby": "replay-title", class: "wide" },
      make("h2", { id: "replay-title" }, t("Replay all of these?")), make("p", {}, title), body);
    const work = { query, left: count, cursor: null, done: 0, failed: 0, first: null, isStopped: false };
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
  const canary = make("input", { type: "checkbox", name: "canary", id: "replay-canary", checked: true });
  const rate = make("input", { type: "number", name: "rate", id: "replay-rate", min: 1, max: 1000, step: 1, size: 6 });
  const submit = async (event) => {
    event.preventDefault();
    try {
      if (!canary.checked || await goAhead(work, body, dialog)) await rest(work, body, Number(rate.value) || null);
    } catch (problem) {
      tellEnd(work, body, dialog, problem.words ?? String(problem));
      return;
    }
    if (dialog.open) tellEnd(work, body, dialog);
  };
  show(body, make("form", { onsubmit: submit },
    make("p", { class: "soft" }, t("Dead letters that arrive from now on are not replayed, nor those that fail again.")),
    make("p", { class: "choice" }, canary,
      make("label", { for: "replay-canary" }, t("Replay one first and check its outcome"))),
    make("p", { class: "choice" }, make("label", { for: "replay-rate" }, t("Maximum number of dead letters a second")), rate,
      make("span", { class: "soft" }, t("empty: no limit"))),
    make("div", { class: "actions" }, make("button", { class: "main" }, t("Start")),
      make("button", { type: "button", onclick: () => dialog.close() }, t("Cancel")))));
}

/// Replays `count` more; returns the result.
async function send(work, limit) {
  const query = new URLSearchParams({ ...work.query, limit, ...(work.cursor ? { cursor: work.cursor } : {}) });
  const answer = await order(`/api/dead-letters/replay?${query}`);
  work.done += answer.done;
  work.failed += answer.failed;
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
  const fate = last ? await outcome(last.id, work) : { state: "none" };
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

async function outcome(id, work) {
  const end = Date.now() + patience;
  for (;;) {
    const fate = await ask(`/api/dead-letters/${encodeURIComponent(id)}/replay`);
    if (fate.state !== "sent" || Date.now() > end || work.isStopped) return fate;
    await sleep(250);
  }
}

function words(fate, work) {
  if (fate.state === "applied") return make("p", { class: "good", role: "status" }, t("The first one was applied."));
  if (fate.state === "failed") {
    const [reason] = fate.letter.reasons;
    return make("div", { class: "bad", role: "alert" }, make("p", {}, t("The first one failed again:")),
      make("p", {}, make("strong", {}, reason.code), " ", reason.text));
  }
  if (fate.state === "sent") {
    return make("p", { class: "warn", role: "alert" }, t("The first one was sent, but not applied within ten seconds."));
  }
  return make("p", { class: "bad", role: "alert" }, t("The first one could not be sent:"), " ", work.first ?? "");
}

async function rest(work, body, rate) {
  const total = work.left;
  const began = Date.now();
  const doneBefore = work.done + work.failed;
  const bar = make("progress", { max: Math.max(total, 1), value: 0, "aria-label": t("Progress") });
  const figures = make("p", { role: "status" });
  const stop = make("button", { onclick: () => { work.isStopped = true; } }, t("Stop"));
  show(body, bar, figures, make("div", { class: "actions" }, stop));
  stop.focus();
  const draw = () => {
    const treated = work.done + work.failed - doneBefore;
    bar.max = Math.max(treated + work.left, 1);
    bar.value = treated;
    figures.textContent = sums(work);
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

const sums = (work) => `${t("Done")}: ${number(work.done)} · ${t("left")}: ${number(work.left)}`
  + (work.failed ? ` · ${t("failed")}: ${number(work.failed)} (${work.first})` : "");

function tellEnd(work, body, dialog, problem) {
  const close = make("button", { class: "main", onclick: () => dialog.close() }, t("Close"));
  show(body, work.note, make("p", { role: "status" }, sums(work)),
    problem && make("p", { class: "bad", role: "alert" }, problem), make("div", { class: "actions" }, close));
  close.focus();
}
