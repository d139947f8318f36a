// SPDX-License-Identifier: Apache-2.0
// Opens the report's pages in Chromium and judges them: nothing may be fetched or complained of, nothing in the
// pictures may overlap or be cut, text has to be readable, and axe-core has to find nothing.
//
//   node look.mjs CHROMIUM FOLDER [PICTURES]
//
// FOLDER has STATE.LANG.html; with PICTURES a folder for screenshots. Prints what is wrong, a line each.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const [chromium, folder, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const A4 = { width: 688, height: 971 }; // at 96 dpi, without the margins
const VIEWS = [
  { name: "wide", width: 1440, height: 900, scheme: "light", judged: true },
  { name: "wide-dark", width: 1440, height: 900, scheme: "dark" },
  { name: "narrow", width: 390, height: 844, scheme: "light" },
  { name: "narrow-dark", width: 390, height: 844, scheme: "dark", judged: true },
  { name: "between", width: 900, height: 900, scheme: "light" },
  { name: "paper", ...A4, scheme: "dark", media: "print" },
];
let wrong = 0;
let looked = 0;

function complain(where, what) {
  wrong++;
  console.log(`${where}: ${what}`);
}

// Runs in the page.
function geometry() {
  const found = [];
  const box = (e) => e.getBoundingClientRect();
  const inside = (a, b, slack) => a.left >= b.left - slack && a.right <= b.right + slack &&
    a.top >= b.top - slack && a.bottom <= b.bottom + slack;
  const meet = (a, b, slack) => a.left < b.right - slack && b.left < a.right - slack &&
    a.top < b.bottom - slack && b.top < a.bottom - slack;
  const name = (e) => (e.textContent || e.getAttribute("class") || e.tagName).slice(0, 60);

  if (document.documentElement.scrollWidth > window.innerWidth)
    found.push(`the page is ${document.documentElement.scrollWidth} wide, the window ${window.innerWidth}`);
  let seen = 0;
  for (const svg of document.querySelectorAll("svg[role=img]")) {
    const whole = box(svg);
    if (!whole.width)
      continue;
    seen++;
    const scale = whole.width / svg.viewBox.baseVal.width;
    const slack = 1.2 * scale;
    const texts = [...svg.querySelectorAll("text")].filter((t) => t.textContent);
    const rects = [...svg.querySelectorAll("rect")];
    for (const t of texts) {
      const b = box(t);
      if (!inside(b, whole, slack))
        found.push(`text leaves the picture: ${name(t)}`);
      if (!svg.classList.contains("d") || t.classList.contains("d-number"))
        continue;
      // the smallest box that it begins in has all of it
      const around = rects.map(box).filter((r) => b.left >= r.left && b.left <= r.right &&
        (b.top + b.bottom) / 2 >= r.top && (b.top + b.bottom) / 2 <= r.bottom)
        .sort((p, q) => p.width * p.height - q.width * q.height)[0];
      if (around && !inside(b, around, slack))
        found.push(`text leaves its box: ${name(t)}`);
    }
    for (let i = 0; i < texts.length; i++)
      for (let k = i + 1; k < texts.length; k++)
        if (meet(box(texts[i]), box(texts[k]), slack))
          found.push(`texts overlap: ${name(texts[i])} | ${name(texts[k])}`);
    if (!svg.classList.contains("d"))
      continue;
    for (let i = 0; i < rects.length; i++)
      for (let k = i + 1; k < rects.length; k++) {
        const a = box(rects[i]), b = box(rects[k]);
        if (meet(a, b, slack) && !inside(a, b, 0) && !inside(b, a, 0))
          found.push(`boxes overlap: ${i} and ${k}`);
      }
    const matrix = svg.getScreenCTM();
    for (const way of svg.querySelectorAll(".d-way")) {
      const length = way.getTotalLength();
      for (let at = 0; at <= length; at += 3) {
        const p = way.getPointAtLength(at).matrixTransform(matrix);
        const hit = texts.find((t) => {
          const b = box(t);
          return !t.classList.contains("d-number") && p.x > b.left && p.x < b.right && p.y > b.top && p.y < b.bottom;
        });
        if (hit) {
          found.push(`a way crosses text: ${name(hit)}`);
          break;
        }
      }
    }
  }
  if (!seen)
    found.push("no picture is seen");
  return found;
}

// Runs in the page: of texts in pictures, which axe-core leaves out.
function contrast() {
  const found = [];
  const channel = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = (c) => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const colour = (s) => (s.match(/[\d.]+/g) || []).map(Number);
  const page = colour(getComputedStyle(document.body).backgroundColor);
  for (const svg of document.querySelectorAll("svg[role=img]")) {
    if (!svg.getBoundingClientRect().width)
      continue;
    const shapes = [...svg.querySelectorAll("rect, circle")];
    for (const t of svg.querySelectorAll("text")) {
      const b = t.getBoundingClientRect();
      const x = (b.left + b.right) / 2, y = (b.top + b.bottom) / 2;
      const under = shapes.filter((s) => {
        const r = s.getBoundingClientRect();
        return getComputedStyle(s).fill !== "none" && x >= r.left && x <= r.right && y >= r.top && y <= r.bottom &&
          s.compareDocumentPosition(t) & Node.DOCUMENT_POSITION_FOLLOWING;
      }).pop();
      const ground = under ? colour(getComputedStyle(under).fill) : page;
      const ink = light(colour(getComputedStyle(t).fill)), paper = light(ground);
      const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
      if (ratio < 4.5)
        found.push(`contrast ${ratio.toFixed(2)}: ${t.textContent.slice(0, 60)}`);
    }
  }
  return found;
}

async function look(page, file, view) {
  const where = `${file} ${view.name}`;
  const url = pathToFileURL(resolve(folder, file)).href;
  const heard = [];
  const onConsole = (m) => heard.push(`console: ${m.text()}`);
  const onError = (e) => heard.push(`error: ${e.message}`);
  const onRequest = (r) => r.url() === url || heard.push(`request: ${r.url()}`);

  page.on("console", onConsole).on("pageerror", onError).on("request", onRequest);
  await page.setViewport({ width: view.width, height: view.height });
  await page.emulateMediaType(view.media || "screen");
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: view.scheme }]);
  await page.goto(url, { waitUntil: "load" });
  for (const f of [...(await page.evaluate(geometry)), ...(await page.evaluate(contrast))])
    complain(where, f);
  if (pictures)
    await page.screenshot({ path: join(pictures, `${file}.${view.name}.png`), fullPage: true });
  if (view.judged) {
    await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
    if (await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth))
      complain(where, "unfolded, the page is wider than the window");
    await page.evaluate(axe);
    const said = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    for (const v of said.violations)
      complain(where, `axe ${v.id}: ${v.help} (${v.nodes.length}, ${v.nodes[0].target} ${v.nodes[0].html.slice(0, 120)})`);
  }
  if (view.media === "print") {
    await page.emulateMediaType(null);
    const pdf = Buffer.from(await page.pdf({ preferCSSPageSize: true, ...(pictures && { path: join(pictures, `${file}.pdf`) }) }));
    const size = pdf.toString("latin1").match(/\/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]/);
    if (!size || Math.abs(size[1] - 595) > 2 || Math.abs(size[2] - 842) > 2)
      complain(where, `no A4 page: ${size}`);
  }
  page.off("console", onConsole).off("pageerror", onError).off("request", onRequest);
  for (const h of heard)
    complain(where, h);
  looked++;
}

const browser = await puppeteer.launch({
  executablePath: chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--hide-scrollbars"],
});
try {
  const page = await browser.newPage();
  for (const file of readdirSync(folder).filter((f) => f.endsWith(".html")).sort())
    for (const view of VIEWS)
      await look(page, file, view);
  if (pictures) { // docs/report.png
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
    await page.setViewport({ width: 1280, height: 1260, deviceScaleFactor: 0.75 });
    await page.goto(pathToFileURL(resolve(folder, "finished.en.html")).href);
    await page.screenshot({ path: join(pictures, "report.png") });
  }
} finally {
  await browser.close();
}
console.log(`${looked} views, ${wrong} wrong`);
process.exit(wrong || !looked ? 1 : 0);
