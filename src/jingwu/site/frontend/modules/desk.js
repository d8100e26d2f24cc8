// The desk: rail as a drawer on the phone, command bar.
import "./shared.js";
import * as command from "./command.js";

command.listen();

const desk = document.getElementById("desk");
const opener = document.querySelector("[data-rail-open]");

function drawer(isOpen) {
  desk?.classList.toggle("rail-is-open", isOpen);
  opener?.setAttribute("aria-expanded", String(isOpen));
  if (isOpen) document.querySelector("#rail a")?.focus();
}

opener?.addEventListener("click", () => drawer(!desk.classList.contains("rail-is-open")));
document.querySelector("[data-rail-close]")?.addEventListener("click", () => drawer(false));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && desk?.classList.contains("rail-is-open")) {
    drawer(false);
    opener.focus();
  }
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-print]");
  if (button) window.print();
});
