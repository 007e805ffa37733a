import { ask } from "./api.js";
import { make, show, table } from "./dom.js";
import { said, t, time } from "./words.js";

/// Mapping files with the findings at their lines, the results of their tests, and the time of the last reload.
export async function mappings(room) {
  const answer = await ask("/api/mappings");
  const findings = (path) => answer.findings.filter((finding) => finding.file === path);
  show(room,
    make("p", { class: "soft" }, t("The current files, with the findings of 'gateway check'."), " ",
      answer.directory ?? `(${t("built in")})`),
    reading(answer),
    make("h2", {}, t("Findings")),
    answer.findings.length === 0 ? make("p", { class: "good" }, t("No findings."))
      : make("ul", {}, answer.findings.map((finding) => make("li", { class: finding.severity === "error" ? "bad" : "warn" },
        [finding.file, finding.line, finding.column].filter((part) => part !== null).join(":"), ": ", said(finding.message)))),
    tests(answer.lastReading?.tests ?? []),
    make("h2", {}, t("Files")),
    answer.files.map((file) => make("details", { open: findings(file.path).length > 0 },
      make("summary", {}, make("strong", {}, file.path)),
      make("pre", { tabindex: "0", role: "region", "aria-label": file.path }, file.text.split("\n").map((line, index) => {
        const here = findings(file.path).find((finding) => finding.line === index + 1);
        return make("span", { class: here ? "line wrong" : "line", "data-number": index + 1, title: here?.message }, line || " ");
      })))));
}

function reading({ inForceSince, lastReading }) {
  const refusals = lastReading?.refusals ?? [];
  return make("section", { class: "card" },
    make("p", {}, `${t("In force since")} ${time(inForceSince)}`),
    refusals.length === 0 ? "" : make("div", { class: "bad", role: "alert" },
      make("p", {}, `${t("Reloaded")} ${time(lastReading.at)}, `, t("and refused: the previous files stay in force.")),
      make("ul", {}, refusals.map((line) => make("li", {}, said(line))))));
}

function tests(files) {
  const word = (file) => {
    const failed = file.tests.filter((test) => test.problem).length;
    if (file.problems.length) return make("span", { class: "bad" }, t("cannot be run"));
    return failed ? make("span", { class: "bad" }, `${failed} ${t("failed")}`)
      : make("span", { class: "good" }, t("passed"));
  };
  const detail = (file) => [
    ...file.problems.map((line) => make("div", { class: "bad" }, line)),
    ...file.tests.filter((test) => test.problem).map((test) =>
      make("div", { class: "bad" }, `${t("line")} ${test.line}, ${test.name}: ${test.problem}`)),
  ];
  return [make("h2", {}, t("Tests")), table(
    [{ title: t("File"), long: true }, { title: t("Count"), number: true }, { title: t("State") }, { title: t("Detail"), long: true }],
    files.map((file) => [file.file, file.tests.length, word(file), detail(file)]),
    t("There are no tests beside the mappings."), t("Tests"))];
}
