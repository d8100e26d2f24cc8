// Bundle styles, scripts and icons from npm's locked packages into ../static/dist.
//
// Names are stable: Django's manifest storage adds the hashes. No file carries a source-map comment,
// because the manifest storage would look for the map and refuse to collect.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "static", "dist");
const packages = join(here, "node_modules");
const entries = {
  desk: join(here, "modules/desk.js"),
  field: join(here, "modules/field.js"),
  public: join(here, "modules/public.js"),
  plots: join(here, "modules/plots.js"),
  map: join(here, "modules/map.js"),
  deployment: join(here, "modules/deployment.js"),
  "deployment-replay": join(here, "modules/deployment_replay.js"),
  "desk-style": join(here, "styles/desk.css"),
  "field-style": join(here, "styles/field.css"),
  "public-style": join(here, "styles/public.css"),
  "map-style": join(here, "styles/map.css"),
  "deployment-style": join(here, "styles/deployment.css"),
};

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((item) => item.name !== "node_modules")
    .flatMap((item) => (item.isDirectory() ? sources(join(folder, item.name)) : [join(folder, item.name)]))
    .sort();
}

function fingerprint() {
  const hash = createHash("sha256");
  for (const path of sources(here)) hash.update(relative(here, path)).update("\0").update(readFileSync(path));
  return hash.digest("hex");
}

function sprite() {
  const names = readFileSync(join(here, "icons.txt"), "utf8").split("\n").filter(Boolean);
  const symbols = names.map((name) => {
    const path = join(packages, "@tabler/icons/icons/outline", `${name}.svg`);
    if (!existsSync(path)) throw new Error(`icons.txt names "${name}", which Tabler's outline icons do not have`);
    const inner = readFileSync(path, "utf8")
      .replace(/^[\s\S]*?<svg[\s\S]*?>/, "")
      .replace(/<\/svg>\s*$/, "")
      .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "")
      .replace(/\s+/g, " ")
      .trim();
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" ` +
      `stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}

const stamp = join(target, ".built-from");
const wanted = fingerprint();
if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) process.exit(0);

const { build } = await import("esbuild");
const { tablerParts } = await import("./tabler_parts.mjs");
const { fieldIcon } = await import("./field_icon.mjs");
const tabler = {
  name: "tabler",
  setup(builder) {
    builder.onLoad({ filter: /@tabler\/core\/dist\/css\/tabler\.css$/ }, ({ path }) => ({ contents: tablerParts(path), loader: "css" }));
  },
};
// A failed build must not leave half a folder in place: everything is made beside it, then swapped in.
const fresh = `${target}.fresh`;
rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: entries,
  outdir: fresh,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome109", "firefox115", "safari16"],
  sourcemap: false,
  legalComments: "linked",
  logLevel: "warning",
  logOverride: { "ignored-bare-import": "silent" },
  loader: { ".svg": "dataurl" },
  plugins: [tabler],
});
await build({
  absWorkingDir: here,
  entryPoints: { "map-worker": join(packages, "maplibre-gl/dist/maplibre-gl-csp-worker.js") },
  outdir: fresh,
  bundle: false,
  minify: true,
  sourcemap: false,
  legalComments: "linked",
  logLevel: "warning",
});
// The service worker is one classic script: the oldest browsers that keep pages know no modules in workers.
await build({
  absWorkingDir: here,
  entryPoints: { "field-worker": join(here, "modules/sw.js") },
  outdir: fresh,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome109", "firefox115", "safari16"],
  define: { "process.env.NODE_ENV": '"production"' },
  sourcemap: false,
  legalComments: "linked",
  logLevel: "warning",
});
for (const size of [192, 512]) writeFileSync(join(fresh, `field-icon-${size}.png`), fieldIcon(size));
writeFileSync(join(fresh, "icons.svg"), sprite());
for (const name of readdirSync(fresh)) {
  if (!/\.(js|css)$/.test(name)) continue;
  const text = readFileSync(join(fresh, name), "utf8");
  const clean = text.replace(/\/\/[#@] ?sourceMappingURL=.*$/gm, "").replace(/\/\*[#@] ?sourceMappingURL=.*?\*\//g, "");
  if (clean !== text) writeFileSync(join(fresh, name), clean);
}
writeFileSync(join(fresh, ".built-from"), wanted);
rmSync(target, { recursive: true, force: true });
renameSync(fresh, target);
