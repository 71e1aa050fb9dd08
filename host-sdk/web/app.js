// The frame of the page: which screen is shown, what the menu says, who is let in.
import { begin, get, login, logout } from './lib/api.js';
import { button, fill, h, notice, sending, told } from './lib/dom.js';
import { number } from './lib/format.js';
import { listen, open } from './lib/news.js';
import * as captures from './screens/captures.js';
import * as held from './screens/held.js';
import * as log from './screens/log.js';
import * as pairs from './screens/pairs.js';
import * as parked from './screens/parked.js';
import * as profile from './screens/profile.js';
import * as progress from './screens/progress.js';
import * as providers from './screens/providers.js';
import * as routes from './screens/routes.js';
import * as run from './screens/run.js';
import * as runs from './screens/runs.js';

const screens = [
  { path: /^\/$/, screen: providers },
  { path: /^\/p\/([^/]+)\/([^/]+)(?:\/(\w+))?$/, screen: profile },
  { path: /^\/pairs(?:\/([^/]+))?$/, screen: pairs },
  { path: /^\/routes(?:\/([^/]+))?$/, screen: routes },
  { path: /^\/progress$/, screen: progress },
  { path: /^\/run(?:\/([^/]+))?$/, screen: run },
  { path: /^\/runs(?:\/(\d+)(?:\/(\w+))?)?$/, screen: runs },
  { path: /^\/held$/, screen: held },
  { path: /^\/parked$/, screen: parked },
  { path: /^\/captures(?:\/([^/]+))?$/, screen: captures },
  { path: /^\/log$/, screen: log },
];
const menu = [
  ['Providers', '/', 'p'], ['Pairs', '/pairs'], ['Run', '/run'], ['Runs', '/runs'],
  ['Routes', '/routes', undefined, 'undelivered'], ['Progress', '/progress'],
  ['Held', '/held', undefined, 'held'], ['Parked', '/parked', undefined, 'parked'], ['Captures', '/captures'], ['Log', '/log'],
];

const main = document.getElementById('main');
const nav = document.getElementById('nav');
let leave = () => {};
const none = { held: 0, parked: 0, undelivered: 0 };
let counts = none;
let password = false;  // somebody signed in, and may want to sign out

function drawMenu() {
  const here = location.hash.slice(1) || '/';
  fill(nav, h('ul', {}, menu.map(([text, path, also, counted]) => {
    const current = path === '/' ? here === '/' || here.startsWith('/p/') : here === path || here.startsWith(`${path}/`);
    const n = counted ? counts[counted] : 0;
    return h('li', {}, h('a', { href: `#${path}`, 'aria-current': current ? 'page' : undefined }, text,
      n > 0 && h('span', { class: 'count' }, number(n), h('span', { class: 'sr' }, ' waiting'))));
  }), password && h('li', {}, button('Sign out', async () => {
    await logout();
    askPassword();
  }, { kind: 'plain' }))));
}

export async function refreshCounts() {
  try {
    const [{ pairs: all }, { routes: live }] = await Promise.all([get('/api/pairs'), get('/api/routes')]);
    counts = { ...none };
    for (const pair of all)
      for (const name of ['held', 'parked']) counts[name] += pair.status?.[name] ?? 0;
    for (const route of live) counts.undelivered += route.parked;
  } catch (error) {
    if (error.code === 'login_needed') return;
    counts = none;  // the screen itself tells what is wrong
  }
  drawMenu();
}

function decoded(part) {
  try {
    return part && decodeURIComponent(part);
  } catch {
    throw new Error('There is no such page.');
  }
}

async function show() {
  const path = location.hash.slice(1) || '/';
  const found = screens.map((s) => ({ ...s, match: s.path.exec(path) })).find((s) => s.match);
  leave();
  leave = () => {};
  drawMenu();
  const view = h('div', { class: 'screen' });
  fill(main, view);
  const cleanups = [];
  let left = false;
  leave = () => {
    left = true;
    cleanups.forEach((act) => act());
  };
  try {
    if (!found) throw new Error('There is no such page.');
    await found.screen.show(view, found.match.slice(1).map(decoded), (act) => (left ? act() : cleanups.push(act)));
  } catch (error) {
    if (!left) fill(view, h('h1', {}, 'This did not work'), notice('bad', told(error)), button('Try again', show));
  }
  if (left) return;
  const heading = view.querySelector('h1');
  document.title = heading ? `${heading.textContent} · CrossWatch` : 'CrossWatch';
  if (document.activeElement === document.body || document.activeElement?.closest('nav')) main.focus({ preventScroll: true });
}

function askPassword() {
  if (document.getElementById('password')) return;  // several requests were refused
  leave();
  leave = () => {};
  document.title = 'Sign in · CrossWatch';
  nav.replaceChildren();
  const field = h('input', { type: 'password', id: 'password', autocomplete: 'current-password', required: true });
  const wrong = h('p', { class: 'error', role: 'alert' });
  const form = h('form', { class: 'card narrow', onsubmit: sending(async () => {
    try {
      await login(field.value);
      start();
    } catch (error) {
      fill(wrong, error.message);
      field.select();
    }
  }) }, h('h1', {}, 'Sign in'), h('label', { class: 'field', for: 'password' }, h('span', {}, 'Password'), field), wrong,
    h('button', { class: 'primary' }, 'Sign in'));
  fill(main, form);
  field.focus();
}

let listening = false;
async function start() {
  try {
    ({ password } = await begin(askPassword));
  } catch (error) {
    if (error.code !== 'login_needed') fill(main, notice('bad', told(error)), button('Try again', start));
    return;
  }
  open();
  if (!listening) {
    listening = true;
    window.addEventListener('hashchange', () => {
      window.scrollTo(0, 0);
      show();
    });
    listen('run', (state) => { if (!state.running) refreshCounts(); });
    listen('delivery', refreshCounts);
    listen('again', refreshCounts);
  }
  refreshCounts();
  show();
}

document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();  // the address names the screen
  main.focus();
});
start();
