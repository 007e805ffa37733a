import { ask } from "./api.js";
import { make, show, table } from "./dom.js";
import { number, said, t } from "./words.js";

/// Catalog definitions: fields, keys, a sample, the number of records, and a lookup by key.
export async function catalogs(room) {
  const { catalogs: all } = await ask("/api/catalogs");
  show(room, all.map(({ definition, records, sample }) => make("details", {},
    make("summary", {}, make("strong", {}, definition.catalog), ` · ${definition.title ?? ""} · ${t("Collection")} `,
      definition.collection, ` · ${number(records)} ${t("Records").toLowerCase()}`),
    make("p", { class: "soft" }, t("Key"), ": companyId, ", definition.key.join(", ")),
    table(
      [{ title: t("Field") }, { title: t("Type") }, { title: "" }, { title: t("What"), long: true }],
      definition.fields.map((field) => [
        make("strong", {}, field.name), field.type,
        [field.key && t("key"), field.required && !field.key && t("required"), field.secret && t("secret"),
          field.reference && `${t("refers to")} ${field.reference}`,
          field.merge && `${t("merged:")} ${field.merge}`].filter(Boolean).join(", "),
        field.description ? said(field.description) : "",
      ]), "", definition.catalog),
    lookup(definition),
    make("h2", {}, t("Sample message")), make("pre", { tabindex: "0", role: "region", "aria-label": t("Sample message") }, sample))));
}

/// Shows one record by its key.
function lookup(definition) {
  const found = make("div", { role: "status" });
  const submit = async (event) => {
    event.preventDefault();
    show(found);
    const key = new URLSearchParams(new FormData(event.target));
    const { id, record } = await ask(`/api/catalogs/${encodeURIComponent(definition.catalog)}/record?${key}`);
    show(found, record ? make("pre", { tabindex: "0", role: "region", "aria-label": t("Record") }, JSON.stringify(record, null, 2))
      : make("p", { class: "warn" }, `${t("There is no record")} '${id}'.`));
  };
  return [make("h2", {}, t("Look up a record")),
    make("form", { class: "row", onsubmit: submit },
      ["companyId", ...definition.key].map((name) =>
        make("label", {}, name, make("input", { name, required: true, size: 14 }))),
      make("button", {}, t("Look up"))),
    found];
}
