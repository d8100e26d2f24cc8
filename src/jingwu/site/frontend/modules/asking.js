// A question before something that cannot be undone: data-confirm on a button or form, hx-confirm on htmx.
const dialog = () => document.getElementById("ask");

export function ask(title, words = "", yes = "") {
  const box = dialog();
  if (!box) return Promise.resolve(true);
  box.querySelector("#ask-title").textContent = title;
  box.querySelector("#ask-words").textContent = words;
  const button = box.querySelector("#ask-yes");
  button.dataset.usual ??= button.textContent;
  button.textContent = yes || button.dataset.usual;
  box.returnValue = "";
  box.showModal();
  return new Promise((resolve) => {
    box.addEventListener("close", () => resolve(box.returnValue === "yes"), { once: true });
  });
}

export function listen() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-confirm]");
    // htmx asks by its own event, below
    if (!button || button.dataset.sure || button.closest("[hx-post],[hx-delete],[hx-put]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!(await ask(button.dataset.confirm, button.dataset.confirmWords, button.dataset.confirmYes))) return;
    button.dataset.sure = "1";
    button.click();
    delete button.dataset.sure;
  }, true);
  document.addEventListener("htmx:confirm", async (event) => {
    const source = event.detail.elt.closest("[data-confirm]");
    const question = event.detail.question || source?.dataset.confirm;
    if (!question) return;
    event.preventDefault();
    if (await ask(question, source?.dataset.confirmWords, source?.dataset.confirmYes)) event.detail.issueRequest(true);
  });
}
