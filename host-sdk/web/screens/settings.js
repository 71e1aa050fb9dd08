// Server, user, and the form that the provider's manifest declares.
import { at, del, get, patch, post } from '../lib/api.js';
import { badge, busy, button, copyText, fill, h, icon, link, newId, notice, remedy, sending, table, toast, told } from '../lib/dom.js';
import { profileName } from '../lib/format.js';
import { makeProfile } from '../lib/profiles.js';

const states = { ok: ['answers', 'good'], reachable: ['answers', 'good'], untried: ['not tried', ''] };
const stateOf = (a) => states[a.state] ?? [a.state.replaceAll('_', ' '), 'bad'];

const addressTable = (server) => table(`Addresses of ${server.name}`, ['Address', 'Way', 'Answer', 'Time'], server.addresses.map((a) => {
  const [text, kind] = stateOf(a);
  return [h('span', { class: 'mono' }, a.url), a.relay ? 'relay' : a.local ? 'local' : 'remote',
    [badge(text, kind), a.why && h('span', { class: 'why' }, a.why)], a.ms === null ? '' : `${a.ms} ms`];
}));

function serverPicker(servers, choice) {
  if (servers.length === 0) return h('p', {}, 'This account has no server.');
  return h('div', { class: 'options', role: 'radiogroup', 'aria-label': 'Server' }, servers.map((s) => {
    const id = newId('server');
    return h('div', { class: 'option' },
      h('input', { type: 'radio', name: 'server', id, value: s.id, checked: s.selected, onchange: () => choice(s.id) }),
      h('label', { for: id }, h('strong', {}, s.name), ' ', badge(s.owned ? 'yours' : 'shared with you', s.owned ? 'good' : ''), s.selected && badge('chosen'),
        h('span', { class: 'quiet mono' }, s.id)),
      addressTable(s));
  }));
}

const kindNames = { owner: 'account owner', managed: 'managed', home: 'Home member', friend: 'friend' };

function userPicker(users, current, choose, newProfile) {
  return h('div', { class: 'options', role: 'radiogroup', 'aria-label': 'User' }, users.map((u) => {
    const id = newId('user'), why = newId('why');
    return h('div', { class: `option ${u.selectable ? '' : 'off'}` },
      h('input', { type: 'radio', name: 'user', id, value: u.id, checked: u.id === current, disabled: !u.selectable,
        'aria-describedby': u.why ? why : undefined, onchange: () => choose(u) }),
      h('label', { for: id }, h('strong', {}, u.name), ' ', badge(kindNames[u.kind] ?? u.kind), u.server_owner && badge('owns the server', 'good'),
        u.guest && badge('guest'), u.protected && h('span', { class: 'badge' }, icon('lock'), 'PIN')),
      u.why && h('p', { class: 'quiet why', id: why }, remedy(u.why)),
      !u.selectable && u.kind === 'friend' && button('Create a profile for this friend', () => newProfile(u), { subject: u.name }));
  }));
}

async function drawChoice(view, { provider, profile }) {
  const base = at(provider.id, profile.id);
  const load = async () => {
    fill(view, busy('Asking for servers and users; every address is tried'));
    const [servers, users] = await Promise.allSettled([get(`${base}/servers`), get(`${base}/users`)]);
    const wanted = { user: null, server: null };
    const pin = h('input', { type: 'password', inputmode: 'numeric', autocomplete: 'off', id: newId('pin') });
    const pinField = h('label', { class: 'field slim', hidden: true, for: pin.id }, h('span', {}, 'PIN of this user'), pin);
    const wrong = h('div', { class: 'error', role: 'alert' });
    const choose = (u) => {
      wanted.user = u.id;
      pinField.hidden = !u.protected;
    };
    const newProfile = (u) => makeProfile(provider, u.name, profile.id);
    const save = button('Save', async () => {
      fill(wrong);
      try {
        await post(`${base}/select`, { ...(wanted.user ? { user: wanted.user } : {}), ...(wanted.server ? { server: wanted.server } : {}),
          ...(pin.value && !pinField.hidden ? { pin: pin.value } : {}) });
        toast('Saved: server and user are proven.');
        await draw(view.closest('.choice').parentElement, { provider, profile });
      } catch (error) {
        fill(wrong, told(error));
        pin.value = '';
        if (!pinField.hidden) pin.focus();
      }
    }, { kind: 'primary' });
    const failed = (answer) => notice('bad', told(answer.reason));
    fill(view,
      h('section', { class: 'card' }, h('header', { class: 'row between' }, h('h2', {}, 'Server'), button('Test the connections', load, { kind: 'plain' })),
        servers.status === 'fulfilled' ? serverPicker(servers.value.servers, (id) => { wanted.server = id; }) : failed(servers)),
      h('section', { class: 'card' }, h('h2', {}, 'User'),
        h('p', { class: 'quiet' }, 'Whose watchlist, ratings, history and progress are meant. Nothing is ever read or written as anybody else.'),
        users.status === 'fulfilled' ? userPicker(users.value.users, profile.user_id, choose, newProfile) : failed(users),
        users.value?.missing && notice('warn', told(users.value.missing)), pinField, wrong,
        h('div', { class: 'row' }, save)));
  };
  await load();
}

function input(key, row, id) {
  const value = row.from === 'none' ? null : row.value;
  if (key.secret)
    return h('input', { type: 'password', id, autocomplete: 'off', placeholder: row.source ? `comes from ${row.source}` : row.set ? 'set; type to replace it' : 'not set' });
  if (key.choices) return h('select', { id }, ['', ...key.choices].map((c) => h('option', { value: c, selected: c === (value ?? '') }, c || 'not set')));
  if (key.type === 'boolean') return h('input', { type: 'checkbox', id, checked: value === true });
  if (key.type === 'integer' || key.type === 'number')
    return h('input', { type: 'number', id, min: key.min?.toString(), max: key.max?.toString(), step: key.type === 'integer' ? '1' : 'any', value: value === null ? '' : String(value) });
  return h('input', { type: 'text', id, autocomplete: 'off', spellcheck: 'false', value: Array.isArray(value) ? value.join(', ') : value ?? '' });
}

// What the field holds as the API takes it; undefined: as it was.
function changed(key, row, el) {
  if (key.secret) return el.value ? el.value : undefined;
  let now;
  if (key.type === 'boolean') now = el.checked;
  else if (el.value.trim() === '') now = null;
  else if (key.type === 'list') now = el.value.split(',').map((t) => t.trim()).filter(Boolean);
  else if (key.type === 'integer' || key.type === 'number') now = Number(el.value);
  else now = el.value.trim();
  const before = row.value ?? null;
  return JSON.stringify(now) === JSON.stringify(before) ? undefined : now;
}

function field(key, row, fields, forget) {
  const id = newId('field'), help = newId('help');
  const el = input(key, row, id);
  el.setAttribute('aria-describedby', help);
  fields.push({ key, row, el });
  const from = row.from === 'base' && badge('as in the default profile');
  const text = h('span', { class: 'quiet', id: help }, remedy(key.help), row.problem && h('span', { class: 'error' }, ` ${row.problem}`));
  if (key.type === 'boolean') return h('div', { class: 'field check' }, el, h('label', { for: id }, key.label, ' ', from), text);
  const kept = key.secret && row.set && row.from === 'own' && !row.source;  // an empty field means: as it was
  return h('div', { class: 'field' }, h('label', { for: id }, key.label, ' ', from), el, text,
    kept && button('Forget', () => forget(key), { kind: 'plain danger', subject: key.label }));
}

async function drawForm(view, { provider, profile }) {
  const path = at(provider.id, profile.id, '/settings');
  const { settings } = await get(path);
  const fields = [];
  // Lists of libraries have a screen of their own.
  const elsewhere = (key) => key.type === 'map' || (provider.directory && key.key.endsWith('.libraries'));
  const forget = async (key) => {
    await patch(path, { [key.key]: null });
    toast(`${key.label} is forgotten.`);
    await drawForm(view, { provider, profile });
  };
  const rows = provider.config.filter((k) => !elsewhere(k))
    .map((key) => [key, field(key, settings.find((s) => s.key === key.key), fields, forget)]);
  const wrong = h('div', { class: 'error', role: 'alert' });
  const save = sending(async () => {
    fill(wrong);
    const changes = {};
    for (const f of fields) {
      const now = changed(f.key, f.row, f.el);
      if (now !== undefined) changes[f.key.key] = now;
    }
    if (Object.keys(changes).length === 0) return toast('Nothing was changed.');
    try {
      await patch(path, changes);
      toast('Saved.');
      await drawForm(view, { provider, profile });
    } catch (error) {
      fill(wrong, told(error));
    }
    return undefined;
  });
  const advanced = rows.filter(([key]) => key.advanced).map(([, el]) => el);
  fill(view, h('form', { class: 'card', onsubmit: save, novalidate: true }, h('h2', {}, 'All settings'),
    h('div', { class: 'fields' }, rows.filter(([key]) => !key.advanced).map(([, el]) => el)),
    advanced.length > 0 && h('details', {}, h('summary', {}, 'Advanced'), h('div', { class: 'fields' }, advanced)),
    wrong, h('div', { class: 'row' }, h('button', { class: 'primary' }, 'Save the settings'))));
}

// Where the service may post what happens. The address is a secret: it is asked for when somebody wants to see it.
function webhook({ provider, profile }) {
  const path = at(provider.id, profile.id, '/webhook');
  const body = h('div', { class: 'stack' });
  const show = async (renew) => {
    const address = new URL((await post(path, { renew })).path, location.href).href;
    const field = h('output', { class: 'mono', tabindex: '0', 'aria-label': 'The address' }, address);
    fill(body, h('p', {}, field),
      ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname) && h('p', { class: 'quiet' }, `Only programs on this machine reach ${location.host}. From another machine the address begins with the name of this one.`),
      h('div', { class: 'row' }, button('Copy', () => copyText(address, 'The address'), { glyph: 'copy', subject: 'the address' }),
        button('Make another one', () => confirm('Make another address? What is posted to the old one is not taken any more.') && show(true), { kind: 'plain' }),
        button('Take nothing any more', async () => {
          if (!confirm('End the address? What is posted to it is not taken any more.')) return;
          await del(path);
          hide();
          toast('The address has ended.');
        }, { kind: 'plain danger' }), button('Hide', hide, { kind: 'plain' })));
    field.focus();
  };
  const hide = () => fill(body, h('div', { class: 'row' }, button('Show the address', () => show(false))));
  hide();
  return h('section', { class: 'card', 'aria-label': 'Webhook' }, h('h2', {}, 'Webhook'),
    h('p', {}, `${provider.label} can post what is played to an address of CrossWatch. Enter it in the settings of ${provider.label}; routes then hear of it at once.`),
    h('p', { class: 'quiet' }, 'Keep it to yourself: whoever knows the address can post there.'), body);
}

export async function draw(view, context) {
  const { provider, base } = context;
  const { providers } = await get('/api/providers');
  const profile = providers.find((p) => p.id === provider.id).profiles.find((p) => p.id === context.profile.id);
  const choice = h('div', { class: 'choice-body' }), form = h('div', {});
  const choiceBox = h('div', { class: 'choice' }, choice);
  fill(view,
    provider.auth && !profile.linked && notice('warn', h('p', {}, 'This profile is not linked yet. ', link('Connect it', `${base}/connect`), ' to choose server and user.')),
    provider.directory && profile.linked && choiceBox, form,
    provider.watcher?.webhooks && (profile.linked || !provider.auth) && webhook({ provider, profile }),
    h('div', { class: 'row' }, provider.directory && profile.linked && link('Next: choose libraries', `${base}/libraries`, 'button'),
      profile.id !== 'default' && button('Remove this profile', async () => {
        const name = profileName(provider, profile);
        if (!confirm(`Remove the profile ${name}, with its login and its settings? What was synced stays where it is.`)) return;
        await del(at(provider.id, profile.id));
        toast(`${name} is removed.`);
        location.hash = '#/';
      }, { kind: 'plain danger' })));
  await drawForm(form, { provider, profile });
  if (provider.directory && profile.linked) await drawChoice(choice, { provider, profile });
}
