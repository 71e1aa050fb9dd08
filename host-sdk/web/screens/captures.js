// Captures: what a profile said at one time, to look at, compare, and go back to.
import { del, get, post } from '../lib/api.js';
import { badge, button, empty, fail, fill, h, link, newId, notice, table, toast, told } from '../lib/dom.js';
import { barChart } from '../lib/chart.js';
import { dateTime, featureNames, features, number, plural, profileName } from '../lib/format.js';
import { listen, newer } from '../lib/news.js';
import { itemTable } from '../lib/table.js';
import { progressCard } from './run.js';

const path = (id, rest = '') => `/api/captures/${encodeURIComponent(id)}${rest}`;

function named(providers, capture) {
  const provider = providers.find((p) => p.id === capture.provider);
  return profileName(provider ?? { label: capture.provider }, provider?.profiles.find((p) => p.id === capture.profile) ?? { id: capture.profile });
}
const why = (capture) => (capture.run ? ['before ', link(`run ${capture.run}`, `#/runs/${capture.run}`)] : 'by hand');
const facts = (capture) => [plural(capture.count, 'fact'), !capture.complete && [' ', badge('not all', 'warn')]];

function taker(providers, draw) {
  const readable = (p) => features.filter((f) => p.capabilities?.[f]?.read);
  const profiles = providers.filter((p) => p.state === 'ok' && readable(p).length > 0)
    .flatMap((p) => p.profiles.filter((x) => x.linked || !p.auth).map((x) => ({ provider: p, profile: x })));
  if (profiles.length === 0) return h('p', {}, 'No profile can be read yet. ', link('Providers', '#/'));
  const feature = h('select', { name: 'feature' });
  const drawFeatures = () => fill(feature, readable(profiles[profile.selectedIndex].provider).map((f) => h('option', { value: f }, featureNames[f])));
  const profile = h('select', { name: 'profile', onchange: drawFeatures }, profiles.map((p) => h('option', {}, profileName(p.provider, p.profile))));
  drawFeatures();
  return h('section', { class: 'card', 'aria-label': 'Take a capture' }, h('div', { class: 'filters' },
    h('label', { class: 'field grow' }, h('span', {}, 'Profile'), profile),
    h('label', { class: 'field grow' }, h('span', {}, 'What'), feature),
    button('Take a capture', async () => {
      const chosen = profiles[profile.selectedIndex];
      draw(await post('/api/captures', { provider: chosen.provider.id, profile: chosen.profile.id, feature: feature.value }));
    }, { kind: 'primary' })));
}

async function all(view, cleanup) {
  const [{ captures }, { providers }, first] = await Promise.all([get('/api/captures'), get('/api/providers'), get('/api/run')]);
  const list = h('div', {}), top = h('div', { class: 'stack' });
  const redraw = (rows) => fill(list, rows.length === 0
    ? empty('No captures yet', 'One is taken before a sync changes or removes anything, and whenever you ask for one.')
    : h('section', { class: 'card' }, table('Captures, newest first', ['Taken', 'Whose', 'What', 'Facts', 'Why', 'Action'], rows.map((c) => [
      link(dateTime(c.taken_at), `#/captures/${encodeURIComponent(c.id)}`), named(providers, c), featureNames[c.feature], h('span', {}, facts(c)), h('span', {}, why(c)),
      button('Delete', async () => {
        if (confirm(`Delete this capture of ${plural(c.count, 'fact')}? There is no way back.`)) redraw((await del(path(c.id))).captures);
      }, { kind: 'plain danger', subject: c.id })]))));
  fill(view, h('h1', {}, 'Captures'),
    h('p', { class: 'lead' }, 'What a profile said at one time. A capture can be compared with what is there now, and restored.'),
    top, list);
  redraw(captures);
  // Whoever takes one sees how far it is; a sync that begins meanwhile changes nothing here.
  const card = progressCard(), take = taker(providers, draw);
  let newest = -1;
  async function draw(state) {
    if (state.n <= newest) return;
    newest = state.n;
    const ended = state !== first && state.what === 'capture' && !state.running;
    if (state.running && state.what === 'capture') {
      if (!card.el.isConnected) fill(top, card.el);
      card.update(state);
    } else if (ended || !take.isConnected) {
      fill(top, ended && state.error && notice(state.error.code === 'cancelled' ? 'warn' : 'bad', told(state.error)), take);
    }
    if (!ended || !state.capture) return;
    toast('The capture is taken.');
    redraw((await get('/api/captures')).captures);
  }
  cleanup(listen('run', (state) => draw(state).catch(fail)));
  await draw(newer('run', first));
}

// `first`: what goes on, or went on last.
function comparison(capture, others, first, cleanup) {
  const result = h('div', { class: 'stack' }), card = progressCard();
  const to = h('select', { name: 'to' }, h('option', { value: '' }, 'what the profile says now'),
    others.map((c) => h('option', { value: c.id }, `the capture of ${dateTime(c.taken_at)}`)));
  let newest = -1;
  const draw = (state) => {
    if (state.what !== 'compare' || state.of !== capture.id || state.n <= newest) return;
    newest = state.n;
    const found = state.comparison;
    if (state.running) {
      if (!card.el.isConnected) fill(result, card.el);
      card.update(state);
    } else if (found) {
      const any = found.added + found.removed + found.changed > 0;
      to.value = found.to;
      fill(result, h('p', { role: 'status' }, any ? `Since this capture: ${number(found.added)} added, ${number(found.removed)} removed, ${number(found.changed)} changed.` : 'Nothing differs.'),
        any && itemTable(path(capture.id, '/differences'), { label: 'Differences', narrow: true, unit: 'difference' }));
    } else {
      fill(result, notice(state.error?.code === 'cancelled' ? 'warn' : 'bad', told(state.error)));
    }
  };
  cleanup(listen('run', draw));
  draw(newer('run', first));
  return h('section', { class: 'card', 'aria-label': 'Compare' }, h('h2', {}, 'Compare'), h('div', { class: 'filters' },
    h('label', { class: 'field grow' }, h('span', {}, 'With'), to),
    button('Compare', async () => draw(await post(path(capture.id, '/compare'), { to: to.value })))), result);
}

function restoring(capture, name) {
  const id = newId('exact');
  const exact = h('input', { type: 'checkbox', id, disabled: !capture.complete });
  return h('section', { class: 'card', 'aria-label': 'Restore' }, h('h2', {}, 'Restore'),
    h('p', {}, `${name} gets back what this capture holds and it does not say any more. You see the plan first; nothing is written before you start it.`),
    h('div', { class: 'field check' }, exact, h('label', { for: id }, 'Also remove what the capture does not hold'),
      !capture.complete && h('span', { class: 'quiet' }, 'Not possible: this capture does not hold all that was there.')),
    h('div', { class: 'row' }, button('Show what restoring would do', async () => {
      await post(path(capture.id, '/restore'), { dry_run: true, exact: exact.checked });
      location.hash = '#/run';
    }, { kind: 'primary' })));
}

// When what a capture holds happened: by month, or by year where that is many.
const manyMonths = 48;
async function whenChart(capture) {
  const { months, unknown } = await get(path(capture.id, '/times'));
  if (months.length === 0) return null;
  const counts = new Map(months.map((m) => [m.month, m.count]));
  let bars = [];
  const [first, last] = [months[0].month, months.at(-1).month];
  for (let [year, month] = first.split('-').map(Number); ;) {
    const name = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}`;
    bars.push({ name, parts: [{ kind: 'plain', value: counts.get(name) ?? 0 }] });
    if (name >= last) break;
    month += 1;
    if (month > 12) [year, month] = [year + 1, 1];
  }
  if (bars.length > manyMonths) {
    const years = new Map();
    for (const bar of bars) years.set(bar.name.slice(0, 4), (years.get(bar.name.slice(0, 4)) ?? 0) + bar.parts[0].value);
    bars = [...years].map(([name, value]) => ({ name, parts: [{ kind: 'plain', value }] }));
  }
  const titles = { history: 'Watched when', ratings: 'Rated when', progress: 'Stopped when', watchlist: 'Listed when' };
  return h('section', { class: 'card' }, barChart({ title: titles[capture.feature], heads: 'When', legend: { plain: 'facts' }, bars }),
    unknown > 0 && h('p', { class: 'quiet' }, `${number(unknown)} more without a date`));
}

export async function show(view, [id], cleanup) {
  if (!id) return all(view, cleanup);
  const [{ captures }, { providers }, first] = await Promise.all([get('/api/captures'), get('/api/providers'), get('/api/run')]);
  const capture = captures.find((c) => c.id === id);
  if (!capture) throw new Error('There is no such capture; it may have been deleted.');
  const name = named(providers, capture);
  const others = captures.filter((c) => c.id !== id && c.feature === capture.feature);
  return fill(view, h('p', { class: 'crumb' }, link('Captures', '#/captures')), h('h1', {}, `${featureNames[capture.feature]} of ${name}`),
    h('p', { class: 'lead' }, `Taken ${dateTime(capture.taken_at)}, `, why(capture), ': ', facts(capture), '.'),
    !capture.complete && notice('warn', h('p', {}, 'The list was not complete when this was taken: what it lacks may have been there.')),
    await whenChart(capture), restoring(capture, name), comparison(capture, others, first, cleanup),
    h('h2', {}, 'What it holds'), itemTable(path(id, '/items'), { label: 'Facts of this capture', narrow: true, plain: true, none: 'It holds nothing.', unit: 'fact' }));
}
