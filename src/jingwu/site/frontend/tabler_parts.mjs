// The needed parts of Tabler's style sheet: ground rules, layout, utilities, form and table basics.
//
// The whole sheet is 620 kB and names classes such as .status, .empty and .page that mean something else here.
import { readFileSync } from "node:fs";
import postcss from "postcss";

const SIDE = "[xytrbse]?";
const SIZE = "(-(sm|md|lg|xl|xxl))?";
const KEPT = new RegExp(
  "^(" +
    [
      `container(-fluid|-xl|-lg)?`, `row`, `row-cols.*`, `col${SIZE}(-(auto|\\d+))?`, `order${SIZE}-.+`, `offset${SIZE}-\\d+`, `g[xy]?${SIZE}-\\d`,
      `d${SIZE}-(none|flex|block|inline|inline-block|inline-flex|grid)`, `d-print-.+`,
      `flex${SIZE}-(fill|row|column|wrap|nowrap|grow-\\d|shrink-\\d)`, `justify-content${SIZE}-.+`, `align-(items|self|content)${SIZE}-.+`,
      `[mp]${SIDE}${SIZE}-(auto|\\d)`, `gap${SIZE}-\\d`, `w-(100|75|50|25|auto|1)`, `h-(100|auto)`,
      `text-(start|end|center|nowrap|wrap|break|truncate|secondary|muted)`, `fw-.+`, `fs-\\d`, `lh-.+`, `float-.+`, `overflow-.+`,
      `position-(relative|absolute|sticky|static)`, `visually-hidden(-focusable)?`, `table-responsive.*`, `list-(unstyled|inline|inline-item)`,
      `form-(control|select|label|check|check-input|check-label|text)`, `btn-close`, `collapse`, `show`,
    ].join("|") +
    ")$",
);

function isKept(selector) {
  // this face has one theme and one direction
  if (/data-bs-theme="?dark|\[dir="?rtl|:-moz-range|data-bs-theme-/.test(selector)) return false;
  const classes = selector.match(/\.-?[_a-zA-Z][\w-]*/g) ?? [];
  return classes.every((name) => KEPT.test(name.slice(1)));
}

export function tablerParts(path) {
  const sheet = postcss.parse(readFileSync(path, "utf8"));
  sheet.walkRules((rule) => {
    if (rule.parent.type === "atrule" && rule.parent.name.endsWith("keyframes")) return;
    const selectors = rule.selectors.filter(isKept);
    if (!selectors.length) rule.remove();
    else rule.selectors = selectors;
  });
  sheet.walkAtRules((rule) => {
    if (rule.name.endsWith("keyframes") || rule.name === "font-face" || (rule.nodes && !rule.nodes.length)) rule.remove();
  });
  sheet.walkComments((comment) => { if (!comment.text.startsWith("!")) comment.remove(); });
  return sheet.toString();
}
