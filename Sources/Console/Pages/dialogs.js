// Confirmation dialogs and notifications.
import { Problem } from "./api.js";
import { make, show } from "./dom.js";
import { said, t } from "./words.js";

/// Null if cancelled; else the text entered (empty without `field`). `field`: {label, value?, secret?}. `act` is done with
/// the text before the dialog closes; if it fails, the dialog says why and keeps what was entered.
export function confirmed(question, detail, field, act) {
  return new Promise((resolve) => {
    const input = field && make("input", {
      type: field.secret ? "password" : "text", autocomplete: "off", name: "value", id: "dialog-value",
    });
    if (input) input.value = field.value ?? "";
    const problem = make("p", { class: "bad", role: "alert" });
    const yes = make("button", { class: "main", value: "yes" }, t("Confirm"));
    let answer = null;
    const submit = async (event) => {
      event.preventDefault();
      const given = input?.value ?? "";
      yes.disabled = true;
      show(problem);
      try {
        await act?.(given);
        answer = given;
        dialog.close();
      } catch (error) {
        if (error.status === 401) dialog.close();
        if (!(error instanceof Problem)) throw error;
        show(problem, wordsOf(error));
        input?.focus();
      } finally {
        yes.disabled = false;
      }
    };
    const dialog = make("dialog", { "aria-labelledby": "dialog-question" },
      make("form", { method: "dialog", onsubmit: submit },
        make("p", { id: "dialog-question" }, make("strong", {}, question)),
        detail && make("p", {}, detail),
        input && make("p", {}, make("label", { for: "dialog-value" }, field.label), " ", input),
        problem,
        make("div", { class: "actions" }, yes,
          make("button", { value: "no", type: "button", onclick: () => dialog.close() }, t("Cancel")))));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/// What went wrong, and what to do.
export const wordsOf = (problem) => (problem instanceof Problem
  ? [said(problem.message), problem.remedy ? [" — ", said(problem.remedy)] : ""] : String(problem));

let hiding;
export function tell(...words) {
  const notice = document.getElementById("notice");
  show(notice, words);
  notice.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { notice.hidden = true; }, 8000);
}
