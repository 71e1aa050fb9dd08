// Items that a side cannot take now, and why.
import { get, post } from '../lib/api.js';
import { badge, button, empty, fill, h, table } from '../lib/dom.js';
import { ago, featureNames, reason, title } from '../lib/format.js';

const shown = 500;

export async function show(view) {
  const draw = ({ items }) => fill(view, h('h1', {}, 'Parked'),
    h('p', { class: 'lead' }, 'Items that one side does not have or cannot take. They are tried again by themselves, and never stop a run.'),
    items.length === 0 ? empty('Nothing is parked', 'Every item has found its place.')
      : h('section', { class: 'card' }, table('Parked items', ['Title', 'Feature', 'Why', 'Since', 'Action'], items.slice(0, shown).map((i) => {
        const act = (text, name) => button(text, async () => draw(await post('/api/parked', { key: i.key, change: name })), { kind: 'plain', subject: title(i) });
        return { kind: i.ignored ? 'off' : '', cells: [title(i), [featureNames[i.feature], ' ', h('span', { class: 'quiet' }, i.pair)], reason(i.reason), ago(i.since),
          h('div', { class: 'actions' }, i.ignored ? [badge('ignored'), act('Notice again', 'unignore')] : [act('Retry', 'retry'), act('Ignore', 'ignore')])] };
      })), items.length > shown && h('p', { class: 'quiet' }, `and ${items.length - shown} more`)));
  draw(await get('/api/parked'));
}
