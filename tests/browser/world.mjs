// A simulated service, `crosswatch serve` before it, and a browser in front: what every test of the page needs.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const [crosswatch, plexsim, shots] = ['CROSSWATCH', 'PLEXSIM', 'SCREENSHOTS'].map((name) => process.env[name]);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// Starts a program and waits for the line of JSON that says it is ready.
async function started(program, args, event) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => { said += text; });
  const ready = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = JSON.parse(line);
      if (message.event === event) resolve(message);
    });
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}: ${said}`)));
  });
  return { child, ready };
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const code = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  return code;
}

export class World {
  static async start(simArgs = ['--movies', '120', '--shows', '6', '--plays', '80']) {
    const world = new World();
    world.dir = mkdtempSync(join(tmpdir(), 'crosswatch-browser-'));
    world.sim = await started(plexsim, ['--die-with-parent', ...simArgs], 'ready');
    const { plex_tv, clients, discover, metadata, ca_file } = world.sim.ready;
    for (const [key, value] of Object.entries({ 'endpoints.plex_tv': plex_tv, 'endpoints.clients': clients, 'endpoints.discover': discover, 'endpoints.metadata': metadata, ca_file }))
      world.command('config', 'set', `plex.${key}`, value);
    await world.serve();
    return world;
  }

  files() { return ['--config', join(this.dir, 'config.json'), '--state', join(this.dir, 'state')]; }
  command(...args) { return this.pipe('', ...args); }
  pipe(input, ...args) {
    const done = spawnSync(crosswatch, [...this.files(), '--json', ...args], { encoding: 'utf8', input });
    if (done.status !== 0) throw new Error(`crosswatch ${args.join(' ')}: ${done.stdout}${done.stderr}`);
    return done.stdout;
  }
  config() { return JSON.parse(readFileSync(join(this.dir, 'config.json'), 'utf8')); }

  async serve(listen = '127.0.0.1:0') {
    this.server = await started(crosswatch, [...this.files(), '--json', 'serve', '--listen', listen], 'listening');
    this.url = this.server.ready.url;
  }
  async endServer() { return ended(this.server.child); }

  async simulate(method, path, body) {
    const response = await fetch(`${this.sim.ready.control}${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return response.json().catch(() => ({}));
  }
  approve(code, user = 'owner') { return this.simulate('POST', '/sim/pin/approve', { code, user }); }

  async stop() {
    const code = await ended(this.server.child);
    await ended(this.sim.child);
    rmSync(this.dir, { recursive: true, force: true });
    if (code !== 0) throw new Error(`crosswatch serve ended with ${code}`);
  }
}

// Runs `body` in a world of its own, which ends cleanly whatever happens.
export function story(name, body, simArgs) {
  test(name, { timeout: 120000 }, async () => {
    const world = await World.start(simArgs);
    try {
      await body(world);
    } finally {
      await world.stop();
    }
  });
}

let browser;
export async function openBrowser() {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  return browser;
}
export async function closeBrowser() { await browser?.close(); }

// A tab that remembers everything the browser complained about.
export async function openPage(url, options = {}) {
  const context = await (await openBrowser()).newContext({ viewport: { width: 1200, height: 850 }, locale: 'en-GB', timezoneId: 'Europe/Berlin', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  page.complaints = [];
  page.on('console', (message) => {
    // A refused request is told by the page itself; the browser's own line about it is no defect.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) page.complaints.push(message.text());
  });
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  await page.goto(url);
  return page;
}

// What the accessibility rules (WCAG 2.2 A and AA) find on the page as it is.
export async function violations(page) {
  const before = page.complaints.length;
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  page.complaints.length = before;  // the tool tries an inline style, which the page's policy refuses
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`);
}

export async function shot(page, name) {
  if (!shots) return null;
  mkdirSync(shots, { recursive: true });
  const file = join(shots, `${name}.png`);
  await page.screenshot({ path: file });
  return file;
}

// Whether parts of the first row of a long list lie over each other, or something inside of a card has to be scrolled sideways.
export const squeezed = (page) => page.evaluate(() => {
  const boxes = [...document.querySelector('.item')?.children ?? []].map((el) => el.getBoundingClientRect()).filter((b) => b.width > 0);
  const over = boxes.some((a, i) => boxes.slice(i + 1).some((b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1));
  return over || [...document.querySelectorAll('.wide')].some((el) => el.scrollWidth > el.clientWidth);
});

// Whether something is wider than the window, which on a phone means scrolling sideways.
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
