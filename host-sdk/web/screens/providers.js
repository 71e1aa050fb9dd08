// Every provider with its profiles: what works, and what to do next.
import { at, get, post } from '../lib/api.js';
import { badge, button, empty, fill, h, icon, link, notice, sending, told } from '../lib/dom.js';
import { featureNames, features, profileName } from '../lib/format.js';
import { makeProfile } from '../lib/profiles.js';

const abilities = (capability) =>
  !capability?.read ? null : capability.add || capability.update ? 'read and write' : 'read only';

function capabilities(provider) {
  return h('ul', { class: 'chips' }, features.map((f) => {
    const can = abilities(provider.capabilities?.[f]);
    return can && h('li', {}, badge(`${featureNames[f]}: ${can}`));
  }));
}

function nextStep(provider, profile, status) {
  const base = `#/p/${encodeURIComponent(provider.id)}/${encodeURIComponent(profile.id)}`;
  if (provider.auth && !profile.linked) return link('Connect', `${base}/connect`, 'button primary');
  if (status && status.state !== 'ok') return link('Check the settings', `${base}/settings`, 'button primary');
  return link('Settings', `${base}/settings`, 'button');
}

function profileRow(provider, profile) {
  const health = h('div', { class: 'health' }, badge('checking', 'quiet'));
  const step = h('div', { class: 'row' }, nextStep(provider, profile));
  const row = h('li', { class: 'profile' },
    h('div', { class: 'grow' }, h('h3', {}, profileName(provider, profile)), profile.username && h('p', { class: 'quiet' }, profile.username), health), step);
  if (provider.auth && !profile.linked) {
    fill(health, badge('Not linked', 'warn'));
    return row;
  }
  get(at(provider.id, profile.id, '/status')).then((status) => {
    fill(health, status.state === 'ok' ? badge('Works', 'good') : badge('Needs attention', 'bad'),
      status.message && told(status));
    fill(step, nextStep(provider, profile, status));
  }, (error) => fill(health, badge('Needs attention', 'bad'), told(error)));
  return row;
}

function card(provider, redraw) {
  const toggle = button(provider.enabled ? 'Switch off' : 'Switch on', async () => {
    redraw(await post(`/api/providers/${encodeURIComponent(provider.id)}/${provider.enabled ? 'disable' : 'enable'}`));
  }, { kind: provider.enabled ? 'plain' : 'primary', subject: provider.label });
  return h('article', { class: `card ${provider.enabled ? '' : 'off'}` },
    h('header', { class: 'row between' },
      h('h2', {}, provider.label || provider.id, ' ', h('small', { class: 'quiet' }, provider.version)), toggle),
    provider.state === 'broken' && notice('bad', h('p', {}, provider.why)),
    capabilities(provider),
    provider.state === 'ok' && [h('ul', { class: 'profiles' }, provider.profiles.map((p) => profileRow(provider, p))), another(provider)]);
}

function another(provider) {
  const name = h('input', { type: 'text', name: 'profile', autocomplete: 'off', required: true, maxlength: '64' });
  return h('details', {}, h('summary', {}, 'Another profile'),
    h('form', { class: 'filters', onsubmit: sending(() => makeProfile(provider, name.value.trim())) },
      h('label', { class: 'field slim grow' }, h('span', {}, provider.auth ? 'Whose account it is for' : 'Its name'), name), h('button', {}, 'Make the profile')));
}

// What a new user has to do, in order, and how far that is.
function guide(providers, pairs, runs) {
  const on = providers.filter((p) => p.state === 'ok');
  const logins = on.filter((p) => p.auth);
  const linked = logins.flatMap((p) => p.profiles.filter((x) => x.linked).map((x) => [p, x]));
  const first = logins[0];
  const at = first && `#/p/${encodeURIComponent(first.id)}/${encodeURIComponent(linked[0]?.[1].id ?? 'default')}`;
  const steps = [
    ['Switch on the providers you use', on.length >= 2, null],
    [first ? `Connect ${first.label} with a code` : 'Connect an account', linked.length > 0, at && `${at}/connect`],
    ['Check server and user', linked.some(([, x]) => x.server_id), linked.length > 0 && `${at}/settings`],
    ['Make a pair: what is kept in sync with what', pairs.length > 0, on.length >= 2 && '#/pairs'],
    ['Look at the plan, then run it', runs.some((r) => !r.dry_run), pairs.length > 0 && '#/run'],
  ];
  if (steps.every(([, done]) => done)) return null;
  const now = steps.findIndex(([, done]) => !done);
  return h('section', { class: 'card guide', 'aria-label': 'First steps' }, h('h2', {}, 'First steps'),
    h('ol', {}, steps.map(([text, done, href], i) => h('li', { class: done ? 'done' : i === now ? 'now' : '' },
      done && icon('check', 'done'), i === now && href ? link(text, href) : text))));
}

export async function show(view) {
  const [answer, pairs, runs, problems] = await Promise.all([get('/api/providers'), get('/api/pairs').catch(() => ({ pairs: [] })),
    get('/api/runs').catch(() => ({ runs: [] })), get('/api/problems').catch(() => ({ problems: [] }))]);
  const redraw = ({ providers }) => {
    const wrong = problems.problems.filter((p) => p.severity === 'error');
    fill(view, h('h1', {}, 'Providers'), h('p', { class: 'lead' }, 'The services that CrossWatch reads from and writes to.'),
      wrong.length > 0 && notice('bad', h('p', {}, 'The configuration has errors:'), h('ul', {}, wrong.map((p) => h('li', {}, p.message)))),
      guide(providers, pairs.pairs, runs.runs),
      providers.length > 0 ? h('div', { class: 'cards' }, providers.map((p) => card(p, redraw)))
        : empty('No providers', 'No plugins are installed where CrossWatch looks for them.'));
  };
  redraw(answer);
}
