// Plots: every <figure data-plot="…"> reads its JSON and is drawn; its table and CSV are beside it.
import { drawOption } from "./plot_options.js";
import { echarts } from "./echarts.js";

const drawn = new WeakMap();

function draw(figure) {
  if (drawn.has(figure)) return;
  const source = document.getElementById(figure.dataset.plot);
  if (!source) return;
  const canvas = figure.querySelector(".canvas");
  const chart = echarts.init(canvas, null, { renderer: "svg" });
  chart.setOption(drawOption(JSON.parse(source.textContent), canvas.clientWidth, canvas.clientHeight));
  drawn.set(figure, chart);
  const watcher = new ResizeObserver(() => {
    if (!canvas.isConnected) {
      watcher.disconnect();
      chart.dispose();
      return;
    }
    chart.resize();
  });
  watcher.observe(canvas);
}

function drawAll(root) {
  if (root.matches?.("[data-plot]")) draw(root);
  for (const figure of root.querySelectorAll?.("[data-plot]") ?? []) draw(figure);
}

function cell(text) {
  const words = text.trim();
  // a cell that a spreadsheet would run as a formula is kept as text; plain numbers are left alone
  const safe = /^[=+@\t\r]/.test(words) || /^-[^\d.]/.test(words) ? `'${words}` : words;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-download]");
  if (!button) return;
  const rows = [...button.closest("figure").querySelectorAll("table tr")];
  const text = rows.map((row) => [...row.cells].map((one) => cell(one.textContent)).join(",")).join("\r\n");
  const link = document.createElement("a");
  // the byte order mark lets Excel and WPS read the Chinese
  link.href = URL.createObjectURL(new Blob(["\ufeff", text, "\r\n"], { type: "text/csv;charset=utf-8" }));
  link.download = `${button.dataset.download}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});

drawAll(document);
document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
