// Running pairs: the plan first, then the run, and how it goes on.
import { del, get, post } from '../lib/api.js';
import { barChart } from '../lib/chart.js';
import { badge, button, empty, fill, h, link, newId, notice, table, told } from '../lib/dom.js';
import { dateTime, featureNames, number, planned, statusKind, statusName, totals } from '../lib/format.js';
import { listen, newer } from '../lib/news.js';
import { named, refText } from '../lib/profiles.js';
import { itemTable } from '../lib/table.js';

const doing = { starting: 'Starting', checking: 'Checking both sides', reading: 'Reading', writing: 'Writing' };

// What a sync, an undo, a restore and a capture are called, and how the one that was tried dry is carried out.
const kinds = {
  sync: { dry: 'Making the plan', real: 'Syncing', plan: () => 'The plan', now: 'Run now', none: 'Both sides agree; there is nothing to do.',
    begin: (state) => post('/api/run', { pairs: state.pairs }) },
  undo: { dry: 'Looking what can be undone', real: 'Undoing', plan: (state) => `Undoing run ${state.of}`, now: 'Undo now', none: 'There is nothing left to undo.',
    begin: (state) => post(`/api/runs/${state.of}/undo`) },
  restore: { dry: 'Comparing with the capture', real: 'Restoring', plan: (state) => `Restoring ${state.of}`, now: 'Restore now', none: 'The profile says what the capture says; there is nothing to do.',
    begin: (state, approve = '') => post(`/api/captures/${encodeURIComponent(state.of)}/restore`, { exact: state.exact, approve }) },
  capture: { real: 'Taking a capture' },
  compare: { real: 'Comparing' },
};
const kindOf = (state) => kinds[state.what] ?? kinds.sync;
const onlyReads = (state) => state.what === 'capture' || state.what === 'compare';

// A card that tells how far it is. It stays in place while that changes, so that nobody loses the button that is about to be pressed.
export function progressCard() {
  const head = h('h2', {}), what = h('p', {}), far = h('p', { class: 'quiet' }), bar = h('progress', {});
  const cancel = button('Cancel', () => del('/api/run'), { kind: 'danger' });
  const cancelling = h('p', { hidden: true, role: 'status' }, badge('Cancelling', 'warn'));
  const el = h('section', { class: 'card', 'aria-label': 'Progress' }, head, what, bar, far, h('div', { class: 'row' }, cancel, cancelling));
  const update = (state) => {
    const where = [state.what === 'capture' ? state.of : state.pair, (featureNames[state.feature] ?? '').toLowerCase()].filter(Boolean).join(', ');
    const text = `${onlyReads(state) ? 'Reading' : doing[state.phase] ?? state.phase}${state.side && !onlyReads(state) ? ` the ${state.side}` : ''}${where ? ` (${where})` : ''}`;
    fill(head, kindOf(state)[state.dry_run ? 'dry' : 'real']);
    if (what.textContent !== text) fill(what, text);
    bar.setAttribute('aria-label', text);
    if (state.total > 0) {
      bar.max = state.total;
      bar.value = Math.min(state.done, state.total);
    } else {
      bar.removeAttribute('value');
    }
    fill(far, state.done > 0 ? `${number(state.done)}${state.total > 0 ? ` of ${number(state.total)}` : ''}${state.rate > 0 ? `, ${number(state.rate)} a second` : ''}` : 'One moment');
    cancel.hidden = Boolean(state.cancelling);
    cancelling.hidden = !state.cancelling;
  };
  return { el, update };
}

// What differs between the two sides, feature by feature.
function differences(lanes) {
  const shown = lanes.filter((l) => count(l.planned) > 0);
  if (shown.length < 2) return null;
  const many = new Set(shown.map((l) => l.pair)).size > 1;
  return barChart({ title: 'What differs', heads: 'Feature', legend: { add: 'to add', update: 'to change', remove: 'to remove' },
    bars: shown.map((l) => ({ name: `${featureNames[l.feature]}${many ? ` (${l.pair})` : ''}`,
      parts: [{ kind: 'add', value: l.planned.added }, { kind: 'update', value: l.planned.updated }, { kind: 'remove', value: l.planned.removed }] })) });
}

const count = (t = {}) => (t.added ?? 0) + (t.updated ?? 0) + (t.removed ?? 0);
// What a dry run found: what there is to do, and what would be held or parked.
const found = ({ planned: { added, updated, removed }, totals: { held, parked } }) => ({ added, updated, removed, held, parked });

const laneStatus = (lane) => [badge(statusName(lane.status), statusKind(lane.status)), lane.message && h('div', { class: 'why' }, told(lane)),
  lane.unchanged_since && h('span', { class: 'why' }, `Unchanged on both sides since ${dateTime(lane.unchanged_since)}, when they were compared.`)];

// A lane that failed before it knew says nothing of what there is to do.
const unknown = (lane) => ['failed', 'cancelled'].includes(lane.status) && Object.values(lane.planned).every((n) => n === 0) && Object.values(lane.totals).every((n) => n === 0);

export const laneTable = (lanes, dry) => table('What was found and done', ['Pair', 'Feature', 'Facts', dry ? 'Planned' : 'Result', 'Status'],
  lanes.map((l) => [l.pair, featureNames[l.feature], Object.values(l.sides).filter((s) => s.complete || s.facts > 0).map((s) => h('span', { class: 'block' }, `${number(s.facts)} on ${s.name}`)),
    unknown(l) ? '–' : dry ? planned(found(l)) : totals(l.totals), laneStatus(l)]));

// What a dry run found, in a sentence.
function outlook(state, lanes, sum) {
  const known = lanes.every((l) => ['good', ''].includes(statusKind(l.status)));
  const some = count(sum) > 0;
  if (!some) return notice(known ? 'good' : 'bad', h('p', { role: 'status' }, known ? kindOf(state).none : 'It could not be found out what there is to do; the table says why.'));
  return h('p', { role: 'status' }, `${planned(sum)}. Nothing was written yet.${sum.held > 0 ? ' What is held is only carried out when you have approved it.' : ''}${
    lanes.some((l) => statusKind(l.status) === 'bad' && !l.totals.held) ? ' Not everything could be looked at; the table says why.' : ''}`);
}

export async function show(view, [only], cleanup) {
  const [{ pairs }, { providers }, first] = await Promise.all([get('/api/pairs'), get('/api/providers'), get('/api/run')]);
  const name = (provider, profile) => named(providers, refText(provider, profile));
  const on = pairs.filter((p) => p.enabled);
  if (on.length === 0 && !first.running && !first.report) {
    fill(view, h('h1', {}, 'Run'), empty('Nothing to run', pairs.length > 0 ? 'Every pair is switched off.' : 'Make a pair first: it says what is kept in sync with what.', link('Pairs', '#/pairs', 'button primary')));
    return;
  }
  const chosen = new Set(on.map((p) => p.id).filter((id) => !only || id === only));
  const top = h('div', {}), body = h('div', { class: 'stack' });
  fill(view, h('h1', {}, 'Run'), h('p', { class: 'lead' }, 'The dry run reads both sides and shows what would be done. Nothing is written before you start the run.'), top, body);
  const begin = (dry) => {
    if (chosen.size === 0) throw new Error('Tick at least one pair.');
    return post('/api/run', { pairs: [...chosen], dry_run: dry }).then(draw);
  };

  const pick = (again) => h('fieldset', {}, h('legend', { class: 'sr' }, 'Pairs to run'),
    on.length > 1 && h('div', { class: 'row wrap' }, on.map((p) => {
      const id = newId('pair');
      return h('span', { class: 'tick' }, h('input', { type: 'checkbox', id, checked: chosen.has(p.id), onchange: (e) => chosen[e.target.checked ? 'add' : 'delete'](p.id) }),
        h('label', { for: id }, `${p.id}: ${name(p.source, p.source_instance)} ${p.mode === 'two-way' ? '↔' : '→'} ${name(p.target, p.target_instance)}`));
    })),
    on.length > 0 && h('div', { class: 'row' }, button('Dry run', async () => begin(true), { kind: again ? '' : 'primary' }), button('Run without looking', async () => begin(false), { kind: 'plain' })));

  function ended(state) {
    const report = state.report;
    if (state.capture) return notice('good', h('p', { role: 'status' }, 'The capture is taken. ', link('Look at it', `#/captures/${encodeURIComponent(state.capture.id)}`)));
    if (state.comparison) return notice('good', h('p', { role: 'status' }, 'The capture is compared. ', link('Look at what differs', `#/captures/${encodeURIComponent(state.of)}`)));
    if (state.error) return notice(state.error.code === 'cancelled' ? 'warn' : 'bad', told(state.error), !onlyReads(state) && h('p', { class: 'quiet' }, 'What was confirmed before stays done.'));
    if (!report) return wasRunning && notice('warn', h('p', { role: 'status' }, 'CrossWatch was started anew meanwhile. How far it came stands under ', link('Runs', '#/runs'), '.'));
    const lanes = report.pairs.flatMap((p) => p.lanes);
    const sum = lanes.reduce((all, l) => { for (const [k, n] of Object.entries(found(l))) all[k] = (all[k] ?? 0) + n; return all; }, {});
    if (report.status === 'cancelled')
      return [notice('warn', h('p', { role: 'status' }, state.dry_run ? 'Cancelled. Nothing was written.' : `Cancelled: ${totals(report.totals)}. What was confirmed stays done, and the next run goes on from there.`)),
        lanes.length > 0 && h('section', { class: 'card' }, laneTable(lanes, state.dry_run))];
    if (!state.dry_run)
      return [notice(statusKind(report.status) || 'good', h('p', { role: 'status' }, h('strong', {}, statusName(report.status)), `: ${totals(report.totals)}.`,
        report.totals.held > 0 && state.what !== 'restore' && [' ', link('Look at what is held', '#/held')],
        report.totals.parked > 0 && state.what === 'sync' && [' ', link('Look at what is parked', '#/parked')])),
      state.what === 'restore' && report.digest && h('p', {}, button('Approve what is held, and restore', () => kinds.restore.begin(state, report.digest).then(draw), { kind: 'primary' })),
      h('section', { class: 'card' }, laneTable(lanes, false), h('p', {}, link('Every item of this run', `#/runs/${report.id}`)))];
    const nothing = count(sum) === 0;
    return [h('section', { class: 'card' }, h('header', { class: 'row between' }, h('h2', {}, kindOf(state).plan(state)),
      !nothing && button(kindOf(state).now, () => kindOf(state).begin(state).then(draw), { kind: 'primary' })),
    outlook(state, lanes, sum),
    laneTable(lanes, true), differences(lanes)), !nothing && itemTable('/api/plan', { label: 'Planned operations', pairs: state.pairs, results: ['planned', 'skipped', 'held', 'parked', 'conflict'] })];
  }

  const card = progressCard(), done = h('div', {});
  let wasRunning = null, newest = 0;
  function draw(state) {
    if (state.n < newest) return;  // an answer that was overtaken by the news
    newest = state.n;
    if (state.running) {
      if (!wasRunning) {
        fill(top);
        fill(body, card.el, done);
      }
      card.update(state);
      fill(done, state.lanes?.length > 0 && h('section', { class: 'card' }, laneTable(state.lanes, state.dry_run)));
    } else if (wasRunning !== false) {
      fill(top, pick(Boolean(state.report)));
      fill(body, ended(state));
    }
    wasRunning = state.running;
  }
  cleanup(listen('run', draw));
  draw(newer('run', first));
}
