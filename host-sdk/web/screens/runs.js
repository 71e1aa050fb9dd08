// Past runs, and every item of one.
import { get, post } from '../lib/api.js';
import { badge, button, empty, fill, h, link, notice, table } from '../lib/dom.js';
import { barChart } from '../lib/chart.js';
import { dateTime, duration, number, statusKind, statusName, totals } from '../lib/format.js';
import { itemTable } from '../lib/table.js';
import { laneTable } from './run.js';

const triggers = { manual: 'command', page: 'page', plan: 'command', schedule: 'schedule' };
const by = (trigger) => triggers[trigger] ?? (/^undo \d+$/.test(trigger) ? ['undo of ', link(`run ${trigger.slice(5)}`, `#/runs/${trigger.slice(5)}`)] : trigger);
const took = (r) => (r.finished ? duration((new Date(r.finished) - new Date(r.started)) / 1000) : 'did not end');

const status = (r) => [r.dry_run && badge('Dry run'), r.finished ? badge(statusName(r.status), statusKind(r.status)) : badge('Not ended', 'warn')];

const undoable = (run) => !run.dry_run && ['added', 'updated', 'removed'].some((k) => run.totals[k] > 0);

async function one(view, id, result) {
  const run = await get(`/api/runs/${id}`);
  const lanes = run.pairs.flatMap((p) => p.lanes);
  fill(view, h('p', { class: 'crumb' }, link('Runs', '#/runs')), h('h1', {}, `Run ${id}`),
    h('p', { class: 'lead' }, `${dateTime(run.started)}, took ${took(run)}. `, status(run)),
    h('section', { class: 'card' }, laneTable(lanes, run.dry_run), undoable(run) && [h('div', { class: 'row' }, button('Undo this run', async () => {
      await post(`/api/runs/${id}/undo`, { dry_run: true });
      location.hash = '#/run';
    })), h('p', { class: 'quiet' }, 'Shows first what undoing would do. What was changed since is left alone.')]),
    run.dry_run ? notice('warn', h('p', {}, 'This was a dry run: nothing was written, and its plan is not kept.'))
      : itemTable(`/api/runs/${id}/items`, { label: `Items of run ${id}`, pairs: run.pairs.map((p) => p.id), none: 'This run changed nothing.', results: ['applied', 'already', 'skipped', 'held', 'parked', 'conflict', 'failed'], result }));
}

const shownRuns = 40;
const seconds = (r) => Math.max(0.2, (new Date(r.finished) - new Date(r.started)) / 1000);
function durations(runs) {
  const ended = runs.filter((r) => r.finished && !r.dry_run).slice(0, shownRuns).reverse();
  if (ended.length < 2) return null;
  const kind = (r) => ({ good: 'done', warn: 'waits', bad: 'wrong' }[statusKind(r.status)] ?? 'done');
  return h('section', { class: 'card' }, barChart({ title: 'How long runs took', heads: 'Run', show: duration,
    legend: { done: 'went well', waits: 'in part', wrong: 'failed' },
    bars: ended.map((r) => ({ name: `Run ${r.id}, ${dateTime(r.started)}`, label: `Run ${r.id}`, parts: [{ kind: kind(r), value: seconds(r) }] })) }));
}

export async function show(view, [id, result]) {
  if (id) return one(view, id, result);
  const { runs } = await get('/api/runs');
  return fill(view, h('h1', {}, 'Runs'),
    runs.length === 0 ? empty('Nothing was run yet', 'Here you will see what every run did, item by item.', link('Run', '#/run', 'button primary'))
      : [durations(runs), h('section', { class: 'card' }, table('Runs, newest first', ['Run', 'Started', 'Took', 'By', 'Result', 'Status'], runs.map((r) => [
        link(number(r.id), `#/runs/${r.id}`), dateTime(r.started), took(r), h('span', {}, by(r.trigger)),
        r.dry_run ? 'nothing was written' : totals(r.totals), h('span', {}, status(r))])))]);
}
