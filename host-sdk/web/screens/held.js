// What waits for approval, and why.
import { get, post } from '../lib/api.js';
import { badge, button, empty, fail, fill, h, table } from '../lib/dom.js';
import { change, featureNames, guessed, opNames, plural, reason, title } from '../lib/format.js';
import { listen } from '../lib/news.js';
import { paged } from '../lib/pager.js';

function card(held, all, place) {
  const why = [...new Set(held.items.map((i) => reason(i.reason)).filter(Boolean))];
  const guesses = held.items.some((i) => guessed(i.reason));
  const together = all.filter((h2) => h2.pair !== held.pair && h2.digest === held.digest).map((h2) => `pair ${h2.pair}`);
  return h('article', { class: 'card', 'aria-label': `Held in pair ${held.pair}` },
    h('h2', {}, `${plural(held.items.length, 'operation')} of pair ${held.pair}`),
    why.length > 0 && h('p', {}, `Why: ${why.join('; ')}.`),
    held.digest === '' ? h('p', {}, 'The next run looks again, and asks you then.') : [
      together.length > 0 && h('p', {}, `Held by the same run, and decided together with it: ${together.join(', ')}.`),
      h('div', { class: 'row' }, button('Approve and run', async () => {
        await post('/api/held', { digest: held.digest, change: 'approve' });
        location.hash = '#/run';
      }, { kind: 'primary', subject: `pair ${held.pair}` }), button('Discard', () => post('/api/held', { digest: held.digest, change: 'discard' }), { kind: 'plain', subject: `pair ${held.pair}` })),
      h('p', { class: 'quiet' }, 'Approving carries out exactly these operations, once, within 24 hours. Discarding forgets them: nothing is removed, and these items are compared anew; a guess by title is parked. If you do nothing, nothing happens; the next run looks again.')],
    paged(held.items, title, (rows) => table('Held operations', ['Kind', 'Title', 'Feature', 'Change', ...(guesses ? ['Found there'] : [])], rows.map((i) => [
      badge(opNames[i.op], i.op === 'remove' ? 'bad' : ''), title(i), featureNames[i.feature], change(i), ...(guesses ? [guessed(i.reason)] : [])])), place));
}

export async function show(view, _, cleanup) {
  const places = {};
  const draw = async () => {
    const { pairs } = await get('/api/held');
    fill(view, h('h1', {}, 'Held'),
      h('p', { class: 'lead' }, 'Operations that look like an accident, such as many removes at once, and guesses by title wait here for your word.'),
      pairs.length === 0 ? empty('Nothing is held', 'No run has found anything that needs your approval.') : pairs.map((p) => card(p, pairs, (places[p.pair] ??= { offset: 0, q: '' }))));
  };
  cleanup(listen('run', (state) => { if (!state.running) draw().catch(fail); }));
  await draw();
}
