// Routes: what somebody plays, written to another profile while it happens.
import { at, del, get, patch, post } from '../lib/api.js';
import { badge, busy, button, empty, fail, fill, h, icon, link, notice, sending, table, toast, told } from '../lib/dom.js';
import { ago, featureNames, plural, reason, title } from '../lib/format.js';
import { listen, newer } from '../lib/news.js';
import { paged } from '../lib/pager.js';
import { named, profilesOf, refText } from '../lib/profiles.js';

const eventNames = { plays: 'Plays', ratings: 'Ratings', finished: 'Off the watchlist' };
const eventHelp = { plays: 'What was watched goes to the history.', ratings: 'What is rated gets the same rating.', finished: 'A film that was watched leaves the watchlist, unless it was put there since.' };
const kindsHeard = ['movies', 'episodes'];
const typeNames = { movies: 'Films', shows: 'Shows', seasons: 'Seasons', episodes: 'Episodes' };

const sourceOf = (r) => refText(r.source, r.source_instance);
const targetOf = (r) => refText(r.target, r.target_instance);
const profileOf = (ref) => [ref.split('@')[0], ref.split('@')[1] ?? 'default'];
const tells = (provider) => (provider.watcher?.events ?? []).length > 0;
const provider = (providers, ref) => providers.find((p) => p.id === ref.split('@')[0]);

// The events that can come from the one and be kept by the other.
function possible(providers, source, target) {
  const events = provider(providers, source)?.watcher?.events ?? [];
  const can = (f) => provider(providers, target)?.capabilities?.[f] ?? {};
  return Object.keys(eventNames).filter((name) => (name === 'ratings' ? events.includes('rated') && can('ratings').add
    : events.includes('watched') && (name === 'plays' ? can('history').add : can('watchlist').remove)));
}

const links = { live: ['good', 'Live'], polling: ['good', 'Asks now and then'], lost: ['warn', 'Connection lost'] };

// How the source of a route does.
function health(route, live) {
  if (!route.enabled) return badge('Off');
  if (live.state !== 'running') return badge(live.state === 'busy' ? 'Runs elsewhere' : live.state === 'off' ? 'Begins' : 'Does not run', live.state === 'failed' ? 'bad' : 'warn');
  const source = live.profiles.find((p) => p.profile === sourceOf(route));
  if (source?.error) return badge('Does not run', 'bad');
  const [kind, text] = links[source?.link?.state] ?? ['', 'Begins'];
  return badge(text, kind);
}

function card(route, live, providers, redraw) {
  const path = `/api/routes/${encodeURIComponent(route.id)}`;
  const name = `${named(providers, sourceOf(route))} to ${named(providers, targetOf(route))}`;
  const source = live.profiles.find((p) => p.profile === sourceOf(route));
  const ignored = Object.values(source?.dropped ?? {}).reduce((sum, n) => sum + n, 0);
  const { types, libraries, users } = route.filters;
  return h('article', { class: `card ${route.enabled ? '' : 'off'}`, 'aria-label': `Route ${route.id}` },
    h('header', { class: 'row between' }, h('h2', { class: 'flow' }, named(providers, sourceOf(route)), icon('arrow', 'to'), named(providers, targetOf(route))), health(route, live)),
    h('ul', { class: 'chips' }, route.events.map((e) => h('li', {}, badge(eventNames[e]))), types.map((t) => h('li', {}, badge(`only ${typeNames[t].toLowerCase()}`))),
      libraries.length > 0 && h('li', {}, badge(plural(libraries.length, 'library', 'libraries'))), users.length > 0 && h('li', {}, badge(plural(users.length, 'user')))),
    route.enabled && source?.error && notice('bad', told(source.error)),
    h('p', { class: 'quiet' }, [route.id, source?.link && route.enabled && ` · ${links[source.link.state][1].toLowerCase()} since ${ago(source.link.since)}`,
      route.waiting > 0 && ` · ${route.waiting} to deliver${route.why ? `: ${reason(route.why)}` : ''}`, route.parked > 0 && ` · ${route.parked} parked`, ignored > 0 && ` · ${plural(ignored, 'event')} of others left out`]),
    h('div', { class: 'row' }, link('Edit', `#/routes/${encodeURIComponent(route.id)}`, 'button'),
      button(route.enabled ? 'Switch off' : 'Switch on', async () => redraw((await patch(path, { enabled: !route.enabled })).routes), { kind: 'plain', subject: `route ${route.id}` }),
      button('Remove', async () => {
        const open = route.waiting + route.parked;
        if (!confirm(`Remove the route ${name}?${open > 0 ? ` ${open} that it still had to deliver will not be delivered.` : ''}`)) return;
        redraw((await del(path)).routes);
      }, { kind: 'plain danger', subject: `route ${route.id}` })));
}

function parkedTable(items, place, redraw) {
  const act = async (numbers, change) => redraw((await post('/api/deliveries', { numbers, change })).items);
  return h('section', { class: 'card', 'aria-label': 'Not delivered' }, h('header', { class: 'row between' }, h('h2', {}, 'Not delivered'),
    button('Deliver all again', () => act(items.map((i) => i.number), 'retry'), { kind: 'plain' })),
  paged(items, title, (rows) => table('Not delivered', ['Title', 'Route', 'Why', 'Heard', 'Action'], rows.map((i) => [title(i), [`${i.route} `, h('span', { class: 'quiet' }, featureNames[i.feature])], reason(i.reason), ago(i.since),
    h('span', { class: 'row' }, button('Deliver again', () => act([i.number], 'retry'), { kind: 'plain', subject: title(i) }), button('Drop', () => act([i.number], 'discard'), { kind: 'plain danger', subject: title(i) }))])), place));
}

// Ticks for what a route is restricted to; none ticked: everything.
function ticks(legend, help, options, chosen) {
  const boxes = options.map(([value, text]) => [value, text, h('input', { type: 'checkbox', checked: chosen.includes(value) })]);
  const el = h('fieldset', {}, h('legend', {}, legend), h('div', { class: 'row' }, boxes.map(([, text, box]) => h('label', { class: 'tick' }, box, text))), h('p', { class: 'quiet' }, help));
  return { el, values: () => boxes.filter(([, , box]) => box.checked).map(([value]) => value) };
}

function form(providers, route, done) {
  const sources = profilesOf(providers, tells);
  const targets = profilesOf(providers);
  const other = (fits) => targets.find(([ref]) => ref !== now.source && fits(ref) && possible(providers, now.source, ref).length > 0);
  const now = { source: route ? sourceOf(route) : sources[0][0] };
  now.target = route ? targetOf(route) : (other((ref) => profileOf(ref)[0] !== profileOf(now.source)[0]) ?? other(() => true) ?? targets[0])[0];
  now.events = new Set(route?.events ?? ['plays']);
  const before = route ?? { remove: false, filters: { users: [], libraries: [], types: [] } };
  now.remove = before.remove;
  const wrong = h('div', { class: 'error', role: 'alert' });
  const events = h('fieldset', {});
  const drawEvents = () => {
    const can = possible(providers, now.source, now.target);
    fill(events, h('legend', {}, 'What is brought over'), Object.entries(eventNames).map(([name, text]) => h('div', { class: `lane ${can.includes(name) ? '' : 'off'}` },
      h('label', { class: 'tick' }, h('input', { type: 'checkbox', name, disabled: !can.includes(name), checked: can.includes(name) && now.events.has(name), onchange: (e) => now.events[e.target.checked ? 'add' : 'delete'](name) }),
        h('span', {}, text, h('span', { class: 'quiet block' }, can.includes(name) ? eventHelp[name] : 'not possible between these two'))),
      name === 'ratings' && can.includes(name) && h('label', { class: 'tick' }, h('input', { type: 'checkbox', name: 'remove', checked: now.remove, onchange: (e) => { now.remove = e.target.checked; } }), 'also when one is taken back'))));
  };
  drawEvents();
  // What can be picked at the source is asked there, and left as it is when the source does not answer.
  const filters = h('div', { class: 'stack' });
  let picked = {};
  async function drawFilters() {
    const asked = now.source, base = at(...profileOf(asked));
    const had = before.filters;
    const types = ticks('Kinds of titles', 'None ticked means all.', [...kindsHeard, ...had.types.filter((t) => !kindsHeard.includes(t))].map((t) => [t, typeNames[t]]), had.types);
    picked = { types };
    fill(filters, types.el, busy('Asking the source for its libraries and users'));
    const [libraries, users] = await Promise.all([get(`${base}/libraries`).catch(() => null), get(`${base}/users`).catch(() => null)]);
    if (asked !== now.source) return;
    const known = (libraries?.libraries ?? []).filter((l) => l.type === 'movie' || l.type === 'show').map((l) => [l.id, l.title]);
    const people = (users?.users ?? []).filter((u) => u.selectable || had.users.includes(u.id)).map((u) => [u.id, u.name]);
    const withGone = (list, chosen, what) => [...list, ...chosen.filter((id) => !list.some(([k]) => k === id)).map((id) => [id, `${what} ${id}`])];
    const of = { libraries: withGone(known, had.libraries, 'library'), users: withGone(people, had.users, 'user') };
    if (of.libraries.length > 0) picked.libraries = ticks('Libraries', 'None ticked means all.', of.libraries, had.libraries);
    if (of.users.length > 1 || had.users.length > 0) picked.users = ticks('Users', 'None ticked means whoever the profile tells of: its own user, and nobody else.', of.users, had.users);
    fill(filters, Object.values(picked).map((p) => p.el), !libraries && h('p', { class: 'quiet' }, 'The source does not list its libraries now; what was chosen stays.'));
  }
  drawFilters().catch(fail);
  const side = (label, key, profiles) => h('label', { class: 'field grow' }, h('span', {}, label),
    h('select', { name: key, disabled: Boolean(route), onchange: (e) => { now[key] = e.target.value; drawEvents(); if (key === 'source') drawFilters().catch(fail); } }, profiles.map(([value, text]) => h('option', { value, selected: value === now[key] }, text))));
  let made = route?.id;
  const submit = sending(async () => {
    fill(wrong);
    const chosen = possible(providers, now.source, now.target).filter((name) => now.events.has(name));
    if (now.source === now.target) return fill(wrong, 'A route needs two different profiles.');
    if (chosen.length === 0) return fill(wrong, 'Tick at least one thing to bring over.');
    try {
      made ??= (await post('/api/routes', { source: now.source, target: now.target, events: chosen })).routes.at(-1).id;
      await patch(`/api/routes/${encodeURIComponent(made)}`, { events: chosen, ...(now.remove === before.remove ? {} : { remove: now.remove }),
        filters: Object.fromEntries(Object.entries(picked).map(([name, p]) => [name, p.values()]).filter(([name, list]) => String(list) !== String(before.filters[name]))) });
      toast(route ? 'The route is changed.' : 'The route is made. It begins at once.');
      done();
    } catch (error) {
      fill(wrong, told(error));
    }
    return undefined;
  });
  return h('form', { class: 'card', onsubmit: submit }, h('h2', {}, route ? `Route ${route.id}` : 'New route'),
    h('div', { class: 'row stretch' }, side('What is played at', 'source', route ? [[now.source, named(providers, now.source)]] : sources), side('Goes to', 'target', route ? [[now.target, named(providers, now.target)]] : targets)),
    events, filters, wrong,
    h('div', { class: 'row' }, h('button', { class: 'primary' }, route ? 'Save the route' : 'Make the route'), link('Cancel', '#/routes', 'button plain')));
}

export async function show(view, [id], cleanup) {
  const [{ providers }, answer] = await Promise.all([get('/api/providers'), get('/api/routes')]);
  const possibleHere = profilesOf(providers, tells).length > 0 && profilesOf(providers).length > 1;
  if (id) {
    const route = id === 'new' ? null : answer.routes.find((r) => r.id === id);
    if (route === undefined) throw new Error(`There is no route ${id}.`);
    if (!route && !possibleHere) throw new Error('A route needs a provider that tells what is played, and a second profile.');
    return fill(view, h('p', { class: 'crumb' }, link('Routes', '#/routes')), h('h1', {}, route ? 'Edit the route' : 'Make a route'), form(providers, route, () => { location.hash = '#/routes'; }));
  }
  let routes = answer.routes;
  let [live, { items: parked }] = await Promise.all([get('/api/live'), get('/api/deliveries')]);
  const list = h('div', { class: 'stack' }), place = { offset: 0, q: '' };
  const draw = () => fill(list,
    live.error && notice(live.state === 'busy' ? 'warn' : 'bad', told(live.error)),
    routes.length > 0 ? h('div', { class: 'cards one' }, routes.map((r) => card(r, live, providers, (all) => { routes = all; draw(); })))
      : possibleHere ? empty('No routes yet', 'Choose whose plays go where. What is watched is there seconds later.', link('Make a route', '#/routes/new', 'button primary'))
        : empty('Not yet possible', 'A route needs a provider that tells what is played, and a second profile.', link('Providers', '#/', 'button primary')),
    parked.length > 0 && parkedTable(parked, place, (all) => { parked = all; again(); }));
  async function again() {
    [{ routes }, { items: parked }] = await Promise.all([get('/api/routes'), get('/api/deliveries')]);
    draw();
  }
  // A redraw would take the focus away from whoever is at a button of a card.
  const quietly = (act) => { if (document.activeElement === list || !list.contains(document.activeElement)) act(); };
  cleanup(listen('live', (state) => {
    if (state.n < live.n) return;
    live = state;
    quietly(draw);
  }));
  cleanup(listen('delivery', () => quietly(() => again().catch(fail))));
  live = newer('live', live);
  draw();
  return fill(view, h('div', { class: 'row between' }, h('h1', {}, 'Routes'), possibleHere && routes.length > 0 && link('New route', '#/routes/new', 'button primary')),
    h('p', { class: 'lead' }, 'A route brings what somebody plays to another profile while it happens. What is played while CrossWatch does not run is read back later.'), list);
}
