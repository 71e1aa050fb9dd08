// Which libraries take part in which feature.
import { at, get, put } from '../lib/api.js';
import { badge, busy, button, fill, h, link, notice, toast } from '../lib/dom.js';
import { featureNames as names, features } from '../lib/format.js';

const featureNames = { ...names, scrobble: 'Live events' };

export async function draw(view, { provider, profile, base }) {
  const path = at(provider.id, profile.id, '/libraries');
  if (provider.auth && !profile.linked)
    return fill(view, notice('warn', h('p', {}, 'This profile is not linked yet. ', link('Connect it', `${base}/connect`), ' to see its libraries.')));
  fill(view, busy('Loading the libraries'));
  const { libraries, chosen } = await get(path);
  const columns = [...features, 'scrobble'].filter((f) => f in chosen);
  const takesPart = (l, f) => {
    const kinds = provider.capabilities[f === 'scrobble' ? 'history' : f]?.kinds ?? [];
    return l.type === 'movie' ? kinds.includes('movie') : l.type === 'show' ? kinds.some((k) => k !== 'movie') : false;
  };
  const possible = libraries.filter((l) => columns.some((f) => takesPart(l, f)));
  const others = libraries.filter((l) => !possible.includes(l));
  if (possible.length === 0) return fill(view, notice('warn', h('p', {}, 'This server shows no library that could be synced to this user.')));

  const wanted = Object.fromEntries(columns.map((f) => [f, new Set(chosen[f])]));
  const all = Object.fromEntries(columns.map((f) => [f, chosen[f].length === 0]));
  const wrong = h('p', { class: 'error', role: 'alert' });
  const table = h('table', { class: 'matrix' });

  const cell = (l, f) => {
    const box = h('input', { type: 'checkbox', checked: all[f] || wanted[f].has(l.id), disabled: all[f],
      'aria-label': `${l.title}: ${featureNames[f]}`, onchange: (e) => wanted[f][e.target.checked ? 'add' : 'delete'](l.id) });
    return h('td', {}, takesPart(l, f) ? box : h('span', { class: 'quiet', 'aria-label': 'not possible' }, '–'));
  };
  const drawTable = () => fill(table, h('caption', { class: 'sr' }, 'Libraries and features'),
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Library'), columns.map((f) => h('th', { scope: 'col' }, featureNames[f]))),
      h('tr', {}, h('th', { scope: 'row' }, 'All libraries', h('span', { class: 'quiet' }, ' also those to come')),
        columns.map((f) => h('td', {}, h('input', { type: 'checkbox', checked: all[f], 'aria-label': `All libraries: ${featureNames[f]}`, name: `all-${f}`,
          onchange: (e) => {
            all[f] = e.target.checked;
            drawTable();
            table.querySelector(`[name="all-${f}"]`).focus();
          } }))))),
    h('tbody', {}, possible.map((l) => h('tr', {}, h('th', { scope: 'row' }, l.title, ' ', badge(l.type)), columns.map((f) => cell(l, f))))));
  drawTable();

  const save = button('Save', async () => {
    fill(wrong);
    const none = columns.filter((f) => !all[f] && wanted[f].size === 0);
    if (none.length > 0) {
      fill(wrong, `${none.map((f) => featureNames[f]).join(' and ')}: tick at least one library, or “All libraries”. To sync nothing of it, leave it out of the pair.`);
      return;
    }
    await put(path, Object.fromEntries(columns.map((f) => [f, all[f] ? [] : [...wanted[f]]])));
    toast('The choice of libraries is saved.');
  }, { kind: 'primary' });
  return fill(view, h('section', { class: 'card' }, h('h2', {}, 'Libraries'),
    h('p', {}, 'Only ticked libraries are read and written. Nothing chosen for a feature means: all libraries.'),
    h('div', { class: 'wide' }, table), wrong,
    others.length > 0 && h('p', { class: 'quiet' }, `Not possible: ${others.map((l) => l.title).join(', ')}.`),
    h('div', { class: 'row' }, save, button('Load again', () => draw(view, { provider, profile, base }), { kind: 'plain' }),
      link('Next: make a pair', '#/pairs', 'button'))));
}
