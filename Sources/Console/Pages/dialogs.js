// Confirmation dialogs and notifications.
import { make } from "/assets/dom.js";
import { t } from "/assets/words.js";

/// Null if cancelled; else the text entered (empty without `field`). `field`: {label, value?, secret?}.
export function confirmed(question, detail, field) {
  return new Promise((resolve) => {
    const input = field && make("input", {
      type: field.secret ? "password" : "text", autocomplete: "off", name: "value", id: "dialog-value",
    });
    if (input) input.value = field.value ?? "";
    const dialog = make("dialog", { "aria-labelledby": "dialog-question" },
      make("form", { method: "dialog" },
        make("p", { id: "dialog-question" }, make("strong", {}, question)),
        detail && make("p", {}, detail),
        input && make("p", {}, make("label", { for: "dialog-value" }, field.label), " ", input),
        make("div", { class: "actions" },
          make("button", { class: "main", value: "yes" }, t("Confirm")),
          make("button", { value: "no", type: "button", onclick: () => dialog.close("no") }, t("Cancel")))));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes" ? input?.value ?? "" : null);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

let hiding;
export function tell(words) {
  const notice = document.getElementById("notice");
  notice.textContent = words;
  notice.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { notice.hidden = true; }, 8000);
}
