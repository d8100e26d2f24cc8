// File controls in the page's own language: a button that stands for the browser's, and the names chosen.
function dress(frame) {
  const input = frame.querySelector("input[type=file]");
  const names = frame.querySelector(".names");
  const nothing = names.textContent;
  frame.classList.add("is-ours");
  input.addEventListener("change", () => {
    names.textContent = [...input.files].map((file) => file.name).join(", ") || nothing;
  });
}

function dressAll(root) {
  for (const frame of root.querySelectorAll(".file-of:not(.is-ours)")) dress(frame);
}

dressAll(document);
document.addEventListener("htmx:afterSwap", (event) => dressAll(event.target));
