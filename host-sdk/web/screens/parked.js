// Items that a side cannot take now, and why.
import { get, post } from '../lib/api.js';
import { badge, button, empty, fill, h } from '../lib/dom.js';
import { ago, featureNames, reason, title } from '../lib/format.js';

export async function show(view) {
  const draw = ({ items }) => fill(view, h('h1', {}, 'Parked'),
    h('p', { class: 'lead' }, 'Items that one side does not have or cannot take. They are tried again by themselves, and never stop a run.'),
    items.length === 0 ? empty('Nothing is parked', 'Every item has found its place.')
      : h('section', { class: 'card' }, h('div', { class: 'wide' }, h('table', { class: 'list' }, h('caption', { class: 'sr' }, 'Parked items'),
        h('thead', {}, h('tr', {}, ['Title', 'Feature', 'Why', 'Since', 'Action'].map((t) => h('th', { scope: 'col' }, t)))),
        h('tbody', {}, items.slice(0, 500).map((i) => {
          const act = (text, name) => button(text, async () => draw(await post('/api/parked', { key: i.key, change: name })), { kind: 'plain', subject: title(i) });
          return h('tr', { class: i.ignored ? 'off' : '' }, h('td', {}, title(i)), h('td', {}, featureNames[i.feature], ' ', h('span', { class: 'quiet' }, i.pair)),
            h('td', {}, reason(i.reason)), h('td', {}, ago(i.since)),
            h('td', {}, i.ignored ? [badge('ignored'), act('Notice again', 'unignore')] : [act('Retry', 'retry'), act('Ignore', 'ignore')]));
        })))), items.length > 500 && h('p', { class: 'quiet' }, `and ${items.length - 500} more`)));
  draw(await get('/api/parked'));
}
