// Elements without a framework. Text is always text: nothing here parses HTML.
import { remedyParts } from './remedy.js';

export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) el.addEventListener(name.slice(2), value);
    else if (name === 'class') el.className = value;
    else if (name in el && !name.startsWith('aria') && typeof value !== 'string') el[name] = value;
    else el.setAttribute(name, value === true ? '' : value);
  }
  append(el, children);
  return el;
}

export function append(el, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    el.append(child instanceof Node ? child : String(child));
  }
}

// Whoever was in there with the focus goes on from there, and is not thrown out of the page's order.
export function fill(el, ...children) {
  const inside = el !== document.activeElement && el.contains(document.activeElement);
  el.replaceChildren();
  append(el, children);
  if (inside && document.activeElement === document.body) {
    el.tabIndex = -1;
    el.focus({ preventScroll: true });
  }
  return el;
}

const shapes = {
  check: 'M4.5 10.5l3.5 3.5 7.5-8',
  alert: 'M10 6v5m0 2.8v.2M10 2.8l8 14H2z',
  pause: 'M7.5 5v10M12.5 5v10',
  plus: 'M10 4.5v11M4.5 10h11',
  minus: 'M4.5 10h11',
  change: 'M4 8c2-2.5 4-2.5 6 0s4 2.5 6 0M4 13c2-2.5 4-2.5 6 0s4 2.5 6 0',
  arrow: 'M3.5 10h13m-4.5-4.5L16.500 10 12 14.500',
  both: 'M3.500 7.500h12m-3-3 3 3-3 3M16.500 13h-12m3-3-3 3 3 3',
  copy: 'M7 7h9.500v9.500H7zM13 7V3.500H3.500V13H7',
  out: 'M11 4h5v5m0-5-7.500 7.500M8 4.500H4V16h11.500v-4',
  lock: 'M5 9h10v7.500H5zM7 9V6.500a3 3 0 0 1 6 0V9',
};

export function icon(name, label) {
  const ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('class', 'icon');
  if (label) {
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
  } else {
    svg.setAttribute('aria-hidden', 'true');
  }
  const path = document.createElementNS(ns, 'path');
  path.setAttribute('d', shapes[name]);
  svg.append(path);
  return svg;
}

// `subject` tells apart, for those who do not see them, buttons of one text. A button that cannot be pressed twice while its work goes on, and says what went wrong.
export function button(text, work, { kind = '', glyph, subject } = {}) {
  const el = h('button', { type: 'button', class: kind, 'aria-label': subject && `${text}: ${subject}` }, glyph && icon(glyph), text);
  el.addEventListener('click', async () => {
    if (el.ariaDisabled === 'true') return;
    el.ariaDisabled = 'true';  // not disabled: that would take the focus away
    try {
      await work(el);
    } catch (error) {
      fail(error);
    } finally {
      el.ariaDisabled = 'false';
    }
  });
  return el;
}

// What a form does when it is sent, which is not begun again while it goes on.
export function sending(work) {
  let busy = false;
  return async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    const pressed = event.submitter ?? event.currentTarget.querySelector('.primary');
    pressed.ariaDisabled = 'true';
    try {
      await work();
    } catch (error) {
      fail(error);
    } finally {
      busy = false;
      pressed.ariaDisabled = 'false';
    }
  };
}

export function toast(text, kind = 'good') {
  const close = h('button', { type: 'button', class: 'plain', onclick: () => box.remove() }, 'Close');
  const box = h('div', { class: `toast ${kind}` }, h('div', {}, text), close);
  const area = document.getElementById('toasts');
  area.querySelector('.toast.good')?.remove();  // good news replaces good news
  while (area.children.length > 2) area.firstChild.remove();
  area.append(box);
  if (kind === 'good') setTimeout(() => box.remove(), 5000);
}

export async function copyText(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} is copied.`);
  } catch {
    toast(`The browser does not allow copying here: select ${what.toLowerCase()} and copy it yourself, or type it.`, 'bad');
  }
}

// What mends it. What leads to the screen that is open is a name, no link, and nothing when there is nothing else to say.
export function remedy(text) {
  const parts = remedyParts(text);
  const beginsSentence = (i) => i === 0 || /[.!?] $/.test(parts[i - 1]);
  const here = (part, i) => (beginsSentence(i) ? part.here[0].toUpperCase() + part.here.slice(1) : part.here);
  if (parts.length === 1 && parts[0].href) return parts[0].href === location.hash ? [] : ['Next: ', h('a', { href: parts[0].href }, parts[0].name)];
  return parts.map((part, i) => (typeof part === 'string' ? part : part.code ? h('code', {}, part.code)
    : part.href === location.hash ? here(part, i) : h('a', { href: part.href }, part.name)));
}

// What went wrong, and what mends it: of an error of the API, of a lane, of a status.
export function told(error) {
  const then = remedy(error.remedy);
  return [h('p', {}, error.message), then.length > 0 && h('p', { class: 'remedy' }, then)];
}

export const fail = (error) => toast(told(error), 'bad');

// A table that becomes a list of entries where there is no room for columns (style.css); hence the roles, which some
// browsers forget otherwise. A row is a list of cells, or {cells, kind}.
export function table(caption, heads, rows, kind = '') {
  const cell = (content, i) => h('td', { role: 'cell', 'data-label': heads[i] }, content);
  return h('table', { role: 'table', class: kind }, h('caption', { class: 'sr' }, caption),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, heads.map((text) => h('th', { scope: 'col', role: 'columnheader' }, text)))),
    h('tbody', { role: 'rowgroup' }, rows.map((row) => h('tr', { role: 'row', class: row.kind }, (row.cells ?? row).map(cell)))));
}

export const badge = (text, kind = '') => h('span', { class: `badge ${kind}` }, text);
export const notice = (kind, ...children) =>
  h('div', { class: `notice ${kind}` }, icon(kind === 'good' ? 'check' : 'alert'), h('div', {}, ...children));
export const empty = (title, text, ...actions) =>
  h('div', { class: 'empty' }, h('h2', {}, title), h('p', {}, text), actions.length > 0 && h('div', { class: 'row' }, actions));
export const link = (text, href, kind = '') => h('a', { href, class: kind }, text);
export const busy = (text) => h('p', { class: 'quiet busy', role: 'status' }, text);

let number = 0;
export const newId = (name) => `${name}-${++number}`;
