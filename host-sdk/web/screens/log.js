// What CrossWatch says about its work. Secrets are taken out before a line leaves the server.
import { get } from '../lib/api.js';
import { badge, empty, fail, fill, h } from '../lib/dom.js';
import { dateTime } from '../lib/format.js';
import { listen } from '../lib/news.js';

const kinds = { error: 'bad', warning: 'warn', info: '' };
const kept = 500;

export async function show(view, _, cleanup) {
  let lines = [];
  let level = '';
  const body = h('div', { class: 'log', tabindex: '0', role: 'log', 'aria-label': 'Log lines, newest first' });
  const draw = () => {
    const rows = lines.filter((l) => !level || l.level === level).reverse();
    fill(body, rows.length === 0 ? empty('Nothing was logged', 'Since CrossWatch serve was started there is nothing of this kind to tell.')
      : rows.map((l) => h('p', { class: 'line' }, h('time', { datetime: l.at, class: 'quiet' }, dateTime(l.at)), badge(l.level, kinds[l.level]), h('span', {}, l.text))));
  };
  cleanup(listen('log', (line) => {
    lines = [...lines, line].slice(-kept);
    draw();
  }));
  const load = async () => {
    lines = (await get('/api/log')).lines.slice(-kept);
    draw();
  };
  cleanup(listen('again', () => load().catch(fail)));
  await load();
  fill(view, h('h1', {}, 'Log'),
    h('div', { class: 'filters' }, h('label', { class: 'field slim' }, h('span', {}, 'Show'),
      h('select', { onchange: (e) => { level = e.target.value; draw(); } }, [['', 'Everything'], ['warning', 'Warnings'], ['error', 'Errors']].map(([value, text]) => h('option', { value }, text))))),
    body);
}
