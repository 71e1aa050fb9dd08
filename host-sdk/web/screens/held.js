// What waits for approval, and why.
import { get, post } from '../lib/api.js';
import { badge, button, empty, fill, h, table } from '../lib/dom.js';
import { change, featureNames, opNames, plural, reason, title } from '../lib/format.js';

const shown = 100;

function card(held) {
  const why = [...new Set(held.items.map((i) => reason(i.reason)).filter(Boolean))];
  const rows = held.items.slice(0, shown);
  return h('article', { class: 'card', 'aria-label': `Held in pair ${held.pair}` },
    h('h2', {}, `${plural(held.items.length, 'operation')} of pair ${held.pair}`),
    why.length > 0 && h('p', {}, `Why: ${why.join('; ')}.`),
    table('Held operations', ['Kind', 'Title', 'Feature', 'Change'], rows.map((i) => [
      badge(opNames[i.op], i.op === 'remove' ? 'bad' : ''), title(i), featureNames[i.feature], change(i)])),
    held.items.length > shown && h('p', { class: 'quiet' }, `and ${held.items.length - shown} more`),
    h('div', { class: 'row' }, button('Approve and run', async () => {
      await post('/api/run', { pairs: [held.pair], approve: held.digest });
      location.hash = '#/run';
    }, { kind: 'primary' })),
    h('p', { class: 'quiet' }, 'Approving carries out exactly these operations, once, within 24 hours. If you do nothing, nothing happens; the next run looks again.'));
}

export async function show(view) {
  const { pairs } = await get('/api/held');
  fill(view, h('h1', {}, 'Held'),
    h('p', { class: 'lead' }, 'Operations that look like an accident, such as many removes at once, wait here for your word.'),
    pairs.length === 0 ? empty('Nothing is held', 'No run has found anything that needs your approval.') : pairs.map(card));
}
