// Pairs: which two profiles are kept in sync, and how.
import { del, get, patch, post } from '../lib/api.js';
import { badge, button, empty, fill, h, icon, link, newId, notice, sending, toast, told } from '../lib/dom.js';
import { ago, dateTime, featureNames, features, plural, statusKind, statusName } from '../lib/format.js';
import { named, profilesOf, refText } from '../lib/profiles.js';

const schedules = [['', 'Only when you start it'], ['1h', 'Every hour'], ['3h', 'Every 3 hours'], ['6h', 'Every 6 hours'], ['12h', 'Every 12 hours'], ['24h', 'Every 24 hours'], ['at', 'Every day at a time']];
const isTime = (text) => /^\d?\d:\d\d( |$)/.test(text);
const zones = () => Intl.supportedValuesOf?.('timeZone') ?? [];
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

function scheduleText(pair) {
  if (!pair.schedule) return '';
  const known = schedules.find(([value]) => value === pair.schedule);
  const what = isTime(pair.schedule) ? `every day at ${pair.schedule.replace(' ', ', ')}` : (known?.[1] ?? `every ${pair.schedule}`).toLowerCase();
  return `${what}${pair.next_run ? `, next ${dateTime(pair.next_run)}` : ''}`;
}

// Of which a title without ids can be looked for by its name.
const byTitle = ['history', 'ratings', 'progress'];

const nameOf = (providers, provider, profile) => named(providers, refText(provider, profile));

const providerOf = (ref) => ref.split('@')[0];

// As the host decides it: the source is read, the target is read and added to.
function possible(providers, source, target, twoWay) {
  const can = (id, f) => providers.find((p) => p.id === providerOf(id))?.capabilities?.[f];
  const flows = (a, b, f) => can(a, f)?.read && can(b, f)?.read && can(b, f)?.add;
  return features.filter((f) => flows(source, target, f) && (!twoWay || flows(target, source, f)));
}

function card(pair, providers, redraw) {
  const name = `${nameOf(providers, pair.source, pair.source_instance)} ${pair.mode === 'two-way' ? 'and' : 'to'} ${nameOf(providers, pair.target, pair.target_instance)}`;
  const lanes = features.filter((f) => pair.features[f]?.enable);
  const change = async (changes) => redraw((await patch(`/api/pairs/${encodeURIComponent(pair.id)}`, changes)).pairs);
  const status = pair.status;
  return h('article', { class: `card ${pair.enabled ? '' : 'off'}`, 'aria-label': `Pair ${pair.id}` },
    h('header', { class: 'row between' }, h('h2', { class: 'flow' }, nameOf(providers, pair.source, pair.source_instance),
      icon(pair.mode === 'two-way' ? 'both' : 'arrow', pair.mode === 'two-way' ? 'in both directions with' : 'to'), nameOf(providers, pair.target, pair.target_instance)),
    badge(pair.enabled ? statusName(status?.status ?? 'never ran') : 'Off', pair.enabled ? statusKind(status?.status) : '')),
    h('ul', { class: 'chips' }, lanes.map((f) => h('li', {}, badge(`${featureNames[f]}${pair.features[f].remove ? ', with removes' : ''}`)))),
    h('p', { class: 'quiet' }, `${pair.id} · ${status?.last_run ? `last run ${ago(status.last_run)}` : 'no run yet'}`,
      pair.schedule && ` · ${scheduleText(pair)}`,
      status?.held > 0 && [' · ', link(`${plural(status.held, 'operation')} held`, '#/held')],
      status?.parked > 0 && [' · ', link(`${status.parked} parked`, '#/parked')]),
    h('div', { class: 'row' }, pair.enabled && link('Run', `#/run/${encodeURIComponent(pair.id)}`, 'button primary'), link('Edit', `#/pairs/${encodeURIComponent(pair.id)}`, 'button'),
      button(pair.enabled ? 'Switch off' : 'Switch on', () => change({ enabled: !pair.enabled }), { kind: 'plain', subject: `pair ${pair.id}` }),
      button('Remove', async () => {
        if (!confirm(`Remove the pair ${name}? What it has synced stays where it is.`)) return;
        redraw((await del(`/api/pairs/${encodeURIComponent(pair.id)}`)).pairs);
      }, { kind: 'plain danger', subject: `pair ${pair.id}` })));
}

function radio(name, value, checked, text, help, act) {
  const id = newId('radio');
  return h('div', { class: 'option' }, h('input', { type: 'radio', name, id, value, checked, onchange: act }),
    h('label', { for: id }, text, h('span', { class: 'quiet' }, help)));
}

// When it runs by itself: its element, and what the fields say as the API takes it.
function scheduleFields(rule) {
  const [ruleTime, ruleZone = ''] = rule.split(' ');
  const kinds = isTime(rule) || schedules.some(([value]) => value === rule) ? schedules : [...schedules, [rule, `Every ${rule}`]];
  const time = h('input', { type: 'time', value: isTime(rule) ? ruleTime.padStart(5, '0') : '03:30', required: true });
  const zoneList = newId('zones');
  const zone = h('input', { type: 'text', list: zoneList, autocomplete: 'off', spellcheck: 'false', value: isTime(rule) ? ruleZone : ownZone, placeholder: 'as the machine of CrossWatch' });
  const timeField = h('div', { class: 'row stretch grow', hidden: !isTime(rule) }, h('label', { class: 'field' }, h('span', {}, 'Time of day'), time),
    h('label', { class: 'field grow' }, h('span', {}, 'Time zone'), zone), h('datalist', { id: zoneList }, zones().map((z) => h('option', { value: z }))));
  const every = h('select', { name: 'schedule', onchange: () => { timeField.hidden = every.value !== 'at'; } },
    kinds.map(([value, text]) => h('option', { value, selected: isTime(rule) ? value === 'at' : value === rule }, text)));
  return { el: h('div', { class: 'row stretch' }, h('label', { class: 'field grow' }, h('span', {}, 'Runs by itself'), every), timeField),
    value: () => (every.value === 'at' ? `${time.value} ${zone.value.trim()}`.trim() : every.value) };
}

// The form for a new pair, or for one that is there.
function form(providers, pair, done) {
  const profiles = profilesOf(providers);
  const wrong = h('div', { class: 'error', role: 'alert' });
  const now = {
    source: pair ? refText(pair.source, pair.source_instance) : profiles[0]?.[0],
    target: pair ? refText(pair.target, pair.target_instance) : (profiles.find(([ref]) => providerOf(ref) !== providerOf(profiles[0][0])) ?? profiles.find(([ref]) => ref !== profiles[0][0]) ?? profiles[0])?.[0],
    twoWay: pair?.mode === 'two-way',
    lanes: Object.fromEntries(features.map((f) => [f, { enable: pair ? pair.features[f]?.enable ?? false : true, remove: pair?.features[f]?.remove ?? false }])),
  };
  // The first choice of a new pair is a direction that works.
  if (!pair && possible(providers, now.source, now.target, false).length === 0) [now.source, now.target] = [now.target, now.source];
  const lanes = h('fieldset', {});
  const drawLanes = () => {
    const can = possible(providers, now.source, now.target, now.twoWay);
    fill(lanes, h('legend', {}, 'What is kept in sync'),
      features.map((f) => {
        const on = newId('on'), removes = newId('removes'), lane = now.lanes[f];
        return h('div', { class: `lane ${can.includes(f) ? '' : 'off'}` },
          h('span', {}, h('input', { type: 'checkbox', id: on, name: f, checked: lane.enable && can.includes(f), disabled: !can.includes(f), onchange: (e) => { lane.enable = e.target.checked; drawLanes(); lanes.querySelector(`[name=${f}]`).focus(); } }),
            h('label', { for: on }, featureNames[f], !can.includes(f) && h('span', { class: 'quiet' }, ' not possible in this direction'))),
          can.includes(f) && h('span', {}, h('input', { type: 'checkbox', id: removes, name: `${f}-remove`, checked: lane.remove, disabled: !lane.enable, onchange: (e) => { lane.remove = e.target.checked; } }),
            h('label', { for: removes }, 'also remove', h('span', { class: 'sr' }, ` ${featureNames[f]}`))));
      }),
      h('p', { class: 'quiet' }, 'Removes are off unless you switch them on: then what you take away on one side is taken away on the other as well. Many removes at once are held until you approve them.'));
  };
  drawLanes();
  const side = (label, key) => h('label', { class: 'field grow' }, h('span', {}, label),
    h('select', { name: key, disabled: Boolean(pair), onchange: (e) => { now[key] = e.target.value; drawLanes(); drawConflicts(conflict.value); } },
      profiles.map(([value, text]) => h('option', { value, selected: value === now[key] }, text))));
  const schedule = scheduleFields(pair?.schedule ?? '');
  const guess = newId('guess');
  const guesses = h('input', { type: 'checkbox', id: guess, name: 'match_titles', checked: byTitle.some((f) => pair?.features[f]?.match_titles) });
  const matching = h('div', { class: 'field check' }, guesses, h('label', { for: guess }, 'Also look for titles by name and year'),
    h('span', { class: 'quiet' }, 'For what no id leads to on the other side, in history, ratings and progress. What is found is a guess: it is held, and written only when you approve it.'));
  const conflict = h('select', { name: 'conflict' });
  const drawConflicts = (chosen) => {
    const nameOfSide = Object.fromEntries(profiles);
    fill(conflict, [['newest', 'The newer change counts'], ['source', `${nameOfSide[now.source]} counts`], ['target', `${nameOfSide[now.target]} counts`], ['none', 'Neither is touched, and you are told']]
      .map(([value, text]) => h('option', { value, selected: value === chosen }, text)));
  };
  drawConflicts(pair?.conflict ?? 'newest');
  const direction = (twoWay) => () => { now.twoWay = twoWay; drawLanes(); };
  let made = pair?.id;
  const submit = sending(async () => {
    fill(wrong);
    const can = possible(providers, now.source, now.target, now.twoWay);
    const chosen = can.filter((f) => now.lanes[f].enable);
    if (now.source === now.target) return fill(wrong, 'A pair needs two different profiles.');
    if (chosen.length === 0) return fill(wrong, can.length === 0 ? 'Nothing can be synced in this direction.' : 'Tick at least one thing to keep in sync.');
    try {
      const mode = now.twoWay ? 'two-way' : 'one-way';
      made ??= (await post('/api/pairs', { source: now.source, target: now.target, mode, features: chosen })).pairs.at(-1).id;
      const options = {};
      for (const f of features)
        if (pair ? pair.features[f] || chosen.includes(f) : chosen.includes(f))
          options[f] = { enable: chosen.includes(f), remove: chosen.includes(f) && now.lanes[f].remove,
            ...(byTitle.includes(f) && guesses.checked !== Boolean(pair?.features[f]?.match_titles) ? { match_titles: guesses.checked } : {}) };
      await patch(`/api/pairs/${encodeURIComponent(made)}`, { mode, conflict: conflict.value, features: options, schedule: schedule.value() });
      toast(pair ? 'The pair is changed.' : 'The pair is made.');
      done(made);
    } catch (error) {
      fill(wrong, told(error));
    }
    return undefined;
  });
  return h('form', { class: 'card', onsubmit: submit }, h('h2', {}, pair ? `Pair ${pair.id}` : 'New pair'),
    h('div', { class: 'row stretch' }, side('From', 'source'), side('To', 'target')),
    h('fieldset', {}, h('legend', {}, 'Direction'),
      radio('mode', 'one-way', !now.twoWay, 'One way', 'The second follows the first.', direction(false)),
      radio('mode', 'two-way', now.twoWay, 'Both ways', 'Each follows the other.', direction(true))),
    lanes, h('label', { class: 'field grow' }, h('span', {}, 'When both sides changed the same'), conflict), matching, schedule.el, wrong,
    h('div', { class: 'row' }, h('button', { class: 'primary' }, pair ? 'Save the pair' : 'Make the pair'), link('Cancel', '#/pairs', 'button plain')));
}

export async function show(view, [id]) {
  const [{ providers }, answer] = await Promise.all([get('/api/providers'), get('/api/pairs')]);
  const ready = providers.filter((p) => p.state === 'ok').flatMap((p) => p.profiles);
  const done = () => { location.hash = '#/pairs'; };
  if (id) {
    const pair = id === 'new' ? null : answer.pairs.find((p) => p.id === id);
    if (pair === undefined) throw new Error(`There is no pair ${id}.`);
    return fill(view, h('p', { class: 'crumb' }, link('Pairs', '#/pairs')), h('h1', {}, pair ? 'Edit the pair' : 'Make a pair'), form(providers, pair, done));
  }
  const redraw = (pairs) => fill(view,
    h('div', { class: 'row between' }, h('h1', {}, 'Pairs'), ready.length >= 2 && pairs.length > 0 && link('New pair', '#/pairs/new', 'button primary')),
    h('p', { class: 'lead' }, 'A pair keeps two profiles in sync: what is watched, rated, begun or listed on one side comes to the other.'),
    pairs.length > 0 ? h('div', { class: 'cards one' }, pairs.map((p) => card(p, providers, redraw)))
      : ready.length < 2 ? empty('Not yet possible', 'A pair needs two profiles. Switch on another provider first.', link('Providers', '#/', 'button primary'))
        : empty('No pairs yet', 'Choose from where to where, and what is kept in sync. You see the plan before anything is written.', link('Make a pair', '#/pairs/new', 'button primary')));
  return redraw(answer.pairs);
}
