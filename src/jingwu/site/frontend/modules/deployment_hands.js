// Hands on the map: a crew is dragged from disc to disc, or taken up and put down with keys.
import { node } from "./svg.js";
import { fill, gettext } from "./words.js";

const NEAR_PIXELS = 26;

// `does`: {mayDeploy, pick(code), move(from, to), change(code, amount), show(), names}; `carried()` tells who is held.
export function handsOn(ground, hint, does) {
  let carried = null;
  dragging(ground, does);
  keys(ground, does, () => carried, (code) => {
    carried = code;
    hint.textContent = code ? fill(gettext("拿起了 %(name)s 的一组:到另一个警务室按 Enter 放下,Esc 取消"), { name: does.names[code] }) : "";
  });
  return { carried: () => carried };
}

function dragging(ground, does) {
  let drag = null;
  const point = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(ground.svg.getScreenCTM().inverse());
  const under = (place) => {
    let best = null;
    for (const [code, one] of ground.discs) {
      const apart = Math.hypot(one.x - place.x, one.y - place.y) / ground.unit;
      if (apart < NEAR_PIXELS && (!best || apart < best.apart)) best = { code, apart };
    }
    return best?.code;
  };
  ground.svg.addEventListener("pointerdown", (event) => {
    const post = event.target.closest?.("[data-post]");
    if (!post) return;
    drag = { from: post.dataset.post, line: null, own: ground.discs.get(post.dataset.post) };
    if (does.mayDeploy) {
      drag.line = node("path", { class: "drag-line", d: "" }, ground.over);
      ground.svg.setPointerCapture(event.pointerId);
      event.preventDefault();
    }
  });
  ground.svg.addEventListener("pointermove", (event) => {
    if (!drag?.line) return;
    const place = point(event);
    drag.line.setAttribute("d", `M${drag.own.x} ${drag.own.y}L${place.x} ${place.y}`);
    const to = under(place);
    for (const [code, one] of ground.discs) one.group.classList.toggle("aimed", code === to && code !== drag.from);
  });
  const end = (event) => {
    if (!drag) return;
    const to = under(point(event));
    drag.line?.remove();
    for (const one of ground.discs.values()) one.group.classList.remove("aimed");
    const { from, line } = drag;
    drag = null;
    if (event.type === "pointercancel") return;
    if (to === from) does.pick(from);
    else if (line && to) does.move(from, to);
  };
  ground.svg.addEventListener("pointerup", end);
  ground.svg.addEventListener("pointercancel", end);
}

// Enter takes a crew up, Enter on another office puts it down, Esc lets go, + and − add and take away.
function keys(ground, does, carried, carry) {
  ground.svg.setAttribute("role", "group");
  for (const one of ground.discs.values()) {
    one.group.setAttribute("tabindex", "0");
    one.group.setAttribute("role", "button");
  }
  ground.svg.addEventListener("keydown", (event) => {
    const code = event.target.closest?.("[data-post]")?.dataset.post;
    if (!code) return;
    if (event.key === "Escape" && carried()) carry(null);
    else if (event.key === "Enter" || event.key === " ") {
      const from = carried();
      carry(does.mayDeploy && !from ? code : null);
      does.pick(code);
      if (from) does.move(from, code);
    } else if (does.mayDeploy && ["+", "=", "-", "−"].includes(event.key)) {
      does.change(code, event.key === "+" || event.key === "=" ? 1 : -1);
    } else return;
    event.preventDefault();
    does.show();
  });
}
