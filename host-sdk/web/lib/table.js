// A long table: only the rows in sight are in the page, and they are fetched a page at a time.
import { badge, fill, h, icon, remedy } from './dom.js';
import { change, featureNames, number, opNames, plural, reason, resultNames, title } from './format.js';
import { get } from './api.js';

const phone = matchMedia('(max-width: 40rem)');
const rowHeight = () => (phone.matches ? 80 : 60);  // as in style.css
const pageSize = 200;
const spare = 12;  // rows above and below what is in sight
const glyphs = { add: 'plus', update: 'change', remove: 'minus' };

function row(item, index) {
  const el = h('div', { role: 'row', class: `item ${item.op}`, 'aria-rowindex': String(index + 2) });
  el.style.transform = `translateY(${index * rowHeight()}px)`;
  if (!item.title && !item.op) return fill(el, h('span', { role: 'cell', class: 'what' }, '…'));
  const result = item.result && !['planned', 'applied'].includes(item.result) && badge(resultNames[item.result], item.result === 'failed' ? 'bad' : 'warn');
  const how = [h('span', {}, change(item)), item.reason && h('span', { class: 'why' }, reason(item.reason))];
  return fill(
    el,
    h('span', { role: 'cell', class: 'op' }, icon(glyphs[item.op] ?? 'change', opNames[item.op])),
    h('span', { role: 'cell', class: 'what', title: title(item) }, title(item)),
    h('span', { role: 'cell', class: 'how', title: item.reason && reason(item.reason) }, result ? how.reverse() : how),
    h('span', { role: 'cell', class: 'where' }, result, badge(featureNames[item.feature] ?? item.feature), h('span', { class: 'quiet' }, item.pair)),
  );
}

function choice(label, name, options, act, chosen = '') {
  return h('label', { class: 'field slim' }, h('span', {}, label),
    h('select', { name, onchange: (e) => act(e.target.value) }, options.map(([value, text]) => h('option', { value, selected: value === chosen }, text))));
}

// `path`: of the API; answers as GET /api/plan. `pairs`: ids to filter by. `narrow`: all are of one feature and of no
// pair; `plain`: facts, with which nothing is done; `results`: what can have become of them, to filter by, of which `result` is
// wanted at first.
export function itemTable(path, { label, pairs = [], none = 'There is nothing to show.', narrow = false, plain = false, unit = 'operation', results = [], result = '' }) {
  const filter = { q: '', op: '', feature: '', pair: '', result };
  const pages = new Map();
  let count = 0, generation = 0, frame = 0;
  const body = h('div', { role: 'rowgroup', class: 'items' });
  const heads = ['Kind', 'Title', 'Change', 'Feature and pair'];
  const head = h('div', { role: 'rowgroup', class: 'sr' },
    h('div', { role: 'row', 'aria-rowindex': '1' }, heads.map((text) => h('span', { role: 'columnheader' }, text))));
  const scroller = h('div', { class: `scroller ${narrow ? 'narrow' : ''} ${plain ? 'plain-rows' : ''} ${pairs.length > 1 ? '' : 'one-pair'}`, tabindex: '0', role: 'table', 'aria-label': label }, head, body);
  const told = h('p', { class: 'quiet', role: 'status' });

  async function load(page) {
    if (pages.has(page)) return;
    pages.set(page, null);
    const asked = generation;
    const query = new URLSearchParams({ offset: page * pageSize, limit: pageSize });
    for (const [name, value] of Object.entries(filter)) if (value) query.set(name, value);
    try {
      const answer = await get(`${path}?${query}`);
      if (asked !== generation) return;
      pages.set(page, answer.items);
      count = answer.matching;
      scroller.setAttribute('aria-rowcount', String(count + 1));
      scroller.hidden = count === 0;
      fill(told, count === 0 ? (answer.total === 0 ? none : 'Nothing fits this search.')
        : answer.matching === answer.total ? plural(count, unit) : `${number(count)} of ${plural(answer.total, unit)}`);
    } catch (error) {
      if (asked !== generation) return;
      pages.delete(page);
      fill(told, error.message, ' ', remedy(error.remedy));
      return;
    }
    draw();
  }

  function draw() {
    body.style.height = `${count * rowHeight()}px`;
    const first = Math.max(0, Math.floor(scroller.scrollTop / rowHeight()) - spare);
    const last = Math.min(count, Math.ceil((scroller.scrollTop + scroller.clientHeight) / rowHeight()) + spare);
    const rows = [];
    for (let i = first; i < last; ++i) {
      const page = Math.floor(i / pageSize);
      const items = pages.get(page);
      if (items === undefined) load(page);
      rows.push(row(items?.[i % pageSize] ?? {}, i));
    }
    body.replaceChildren(...rows);
  }

  function again() {
    ++generation;
    pages.clear();
    count = 0;
    scroller.scrollTop = 0;
    body.replaceChildren();
    load(0);
  }

  scroller.addEventListener('scroll', () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
  });
  phone.addEventListener('change', function turned() {
    if (scroller.isConnected) draw();
    else phone.removeEventListener('change', turned);
  });
  let typing = 0;
  const set = (name) => (value) => { filter[name] = value; again(); };
  const search = h('input', { type: 'search', name: 'q', autocomplete: 'off', oninput: (e) => {
    clearTimeout(typing);
    typing = setTimeout(() => set('q')(e.target.value.trim()), 150);
  } });
  const filters = h('div', { class: 'filters' },
    h('label', { class: 'field slim grow' }, h('span', {}, 'Search'), search),
    !plain && choice('Kind', 'op', [['', 'All'], ...Object.entries(opNames)], set('op')),
    !narrow && choice('Feature', 'feature', [['', 'All'], ...Object.entries(featureNames)], set('feature')),
    results.length > 0 && choice('Result', 'result', [['', 'All'], ...results.map((name) => [name, resultNames[name]])], set('result'), result),
    pairs.length > 1 && choice('Pair', 'pair', [['', 'All'], ...pairs.map((p) => [p, p])], set('pair')));
  load(0);
  return h('section', { class: 'long', 'aria-label': label }, filters, told, scroller);
}
