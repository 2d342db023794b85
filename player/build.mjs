// Builds replay/player/page.html, the one file that a run's data are put into: markup, styles and code inlined,
// under a content security policy that lets in just them. All code but what unpacks it is gzipped. With --check,
// nothing is written: the committed page must be what the sources build.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const PAGE = here("../replay/player/page.html");
const CODE = /(id="replay-script">)([^<]*)/;
const PARTS = ["d3-array", "d3-axis", "d3-format", "d3-scale", "d3-selection", "d3-shape"];

/** @param {string} entry */
async function bundled(entry) {
  const { outputFiles } = await build({
    entryPoints: [here(entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["chrome111", "firefox113", "safari16.4"],
    charset: "utf8",
    legalComments: "none",
  });
  const text = outputFiles[0].text.trim();
  if (/<\/(script|style)/i.test(text)) throw new Error(`${entry}: the bundle would end its own element`);
  return text;
}

function licences() {
  const notices = PARTS.map((name) => {
    const { version } = JSON.parse(readFileSync(here(`node_modules/${name}/package.json`), "utf8"));
    return `${name} ${version}\n${readFileSync(here(`node_modules/${name}/LICENSE`), "utf8").trim()}`;
  });
  return `This page contains parts of D3 (https://d3js.org):\n\n${notices.join("\n\n")}`.replaceAll(
    "--",
    "- -",
  );
}

const hash = (/** @type {string} */ text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** @param {string} text */
const packed = (text) => gzipSync(text, { level: 9 }).toString("base64");

/** A page with its code unpacked: the same text is packed in other ways by other versions of zlib. @param {string} page */
const unpacked = (page) =>
  page.replace(CODE, (_, start, text) => start + gunzipSync(Buffer.from(text, "base64")).toString());

const boot = await bundled("src/boot.js");
const script = await bundled("src/main.js");
const style = await bundled("src/style.css");
const policy = [
  "default-src 'none'",
  `script-src ${hash(boot)} ${hash(script)}`,
  `style-src ${hash(style)}`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
/** @type {Record<string, string>} */
const parts = { POLICY: policy, STYLE: style, BOOT: boot, SCRIPT: packed(script), LICENCES: licences() };
const page = readFileSync(here("src/page.html"), "utf8").replace(
  /\{\{([A-Z]+)\}\}/g,
  (_, name) => parts[name],
);

if (!process.argv.includes("--check")) {
  writeFileSync(PAGE, page);
  console.log(`${PAGE}: ${Buffer.byteLength(page)} bytes`);
} else if (unpacked(readFileSync(PAGE, "utf8")) !== unpacked(page)) {
  console.error(`${PAGE} is not what the sources build: run npm run build`);
  process.exit(1);
}
