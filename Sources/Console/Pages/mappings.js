import { ask } from "/assets/api.js";
import { make, show } from "/assets/dom.js";
import { t } from "/assets/words.js";

/// The mapping files with what the check finds, at its lines.
export async function mappings(room) {
  const answer = await ask("/api/mappings");
  const findings = (path) => answer.findings.filter((finding) => finding.file === path);
  show(room,
    make("p", { class: "soft" }, t("The files as they are now, with what 'gateway check' says of them."), " ",
      answer.directory ?? `(${t("built in")})`),
    make("h2", {}, t("Findings")),
    answer.findings.length === 0 ? make("p", { class: "good" }, t("No findings."))
      : make("ul", {}, answer.findings.map((finding) => make("li", { class: finding.severity === "error" ? "bad" : "warn" },
        [finding.file, finding.line, finding.column].filter((part) => part !== null).join(":"), ": ", finding.message))),
    answer.files.map((file) => make("details", { open: findings(file.path).length > 0 },
      make("summary", {}, make("strong", {}, file.path)),
      make("pre", { tabindex: "0" }, file.text.split("\n").map((line, index) => {
        const here = findings(file.path).find((finding) => finding.line === index + 1);
        return make("span", { class: here ? "line wrong" : "line", "data-number": index + 1, title: here?.message }, line || " ");
      })))));
}
