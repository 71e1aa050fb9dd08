// Items that a side cannot take now, and why.
import { get, post } from '../lib/api.js';
import { badge, button, empty, fill, h, link, table } from '../lib/dom.js';
import { ago, featureNames, number, reason, title } from '../lib/format.js';
import { paged } from '../lib/pager.js';

// What the last run of a pair parked and did not put on the list: the next run looks at it again, and nobody has to decide.
const aside = (pairs, items) => pairs.map(({ id, status }) => [id, status?.run, (status?.parked ?? 0) - items.filter((i) => i.pair === id && !i.ignored).length])
  .filter(([, , n]) => n > 0).map(([id, run, n]) => h('p', {}, `The last run of pair ${id} set ${number(n)} more aside, such as titles whose ids contradict each other: `,
    link(`what run ${run} parked`, `#/runs/${run}/parked`), '.'));

export async function show(view) {
  const { pairs } = await get('/api/pairs');
  const place = { offset: 0, q: '' };
  const draw = ({ items }) => {
    const act = (i, text, name) => button(text, async () => draw(await post('/api/parked', { key: i.key, change: name })), { kind: 'plain', subject: title(i) });
    const others = aside(pairs, items);
    fill(view, h('h1', {}, 'Parked'),
      h('p', { class: 'lead' }, 'Items that one side does not have or cannot take. They are tried again by themselves, and never stop a run.'),
      items.length > 0 && h('section', { class: 'card' }, paged(items, title, (rows) => table('Parked items', ['Title', 'Feature', 'Why', 'Since', 'Action'], rows.map((i) => ({
        kind: i.ignored ? 'off' : '', cells: [title(i), [featureNames[i.feature], ' ', h('span', { class: 'quiet' }, i.pair)], reason(i.reason), ago(i.since),
          h('div', { class: 'actions' }, i.ignored ? [badge('ignored'), act(i, 'Notice again', 'unignore')] : [act(i, 'Retry', 'retry'), act(i, 'Ignore', 'ignore')])] }))), place)),
      others, items.length === 0 && others.length === 0 && empty('Nothing is parked', 'Every item has found its place.'));
  };
  draw(await get('/api/parked'));
}
