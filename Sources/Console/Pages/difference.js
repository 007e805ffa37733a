// The lines that an edit changed.
import { make } from "./dom.js";
import { t } from "./words.js";

/// Lines of unchanged text that are shown around a change.
const around = 3;
/// Longer texts are only shown whole: comparing takes the product of both lengths.
const most = 2000;

/// Shows `before` and `after` as one text, with what was removed and what was added.
export function difference(before, after) {
  const rows = compare(before.split("\n"), after.split("\n"));
  if (!rows) {
    return [make("p", { class: "soft" }, t("Too long to be compared. The message as it was received:")),
      make("pre", { tabindex: "0", role: "region", "aria-label": t("The message as it was received") }, before)];
  }
  const near = rows.map((_, index) => rows.slice(Math.max(index - around, 0), index + around + 1).some(([sign]) => sign !== " "));
  return make("pre", { tabindex: "0", class: "difference", role: "region", "aria-label": t("What the edit changed") }, rows.map(([sign, line], index) => {
    if (!near[index]) return index > 0 && !near[index - 1] ? null : make("span", { class: "soft" }, "…\n");
    return make({ "-": "del", "+": "ins" }[sign] ?? "span", {}, `${sign} ${line}\n`);
  }));
}

/// Lines with a sign: `-` only before, `+` only after, a space in both. By the longest common subsequence. Null: too long.
function compare(before, after) {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const old = before.slice(start, before.length - end);
  const now = after.slice(start, after.length - end);
  if (old.length > most || now.length > most) return null;
  const length = Array.from({ length: old.length + 1 }, () => new Uint16Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      length[i][j] = old[i] === now[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
    }
  }
  const rows = before.slice(0, start).map((line) => [" ", line]);
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      rows.push([" ", old[i]]);
      i += 1;
      j += 1;
    } else if (i < old.length && (j === now.length || length[i + 1][j] >= length[i][j + 1])) {
      rows.push(["-", old[i]]);
      i += 1;
    } else {
      rows.push(["+", now[j]]);
      j += 1;
    }
  }
  return rows.concat(before.slice(before.length - end).map((line) => [" ", line]));
}
