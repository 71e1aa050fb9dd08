// Linking an account with a code.
import { at, del, get, post } from '../lib/api.js';
import { badge, busy, button, copyText, fail, fill, h, icon, link, notice, told } from '../lib/dom.js';
import { listen } from '../lib/news.js';

// Counts by the server's clock, which knows when the code ends.
function countdown(state, ended) {
  const total = (new Date(state.expires_at) - new Date(state.now)) / 1000;
  const end = Date.now() + total * 1000;
  const bar = h('progress', { max: String(Math.max(1, total)), 'aria-label': 'Time left for the code' });
  const text = h('p', { class: 'quiet' });
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    bar.value = left;
    fill(text, left > 0 ? `Valid for ${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')} more` : 'The time is up; looking once more …');
    if (left === 0) ended();
  };
  const timer = setInterval(tick, 1000);
  tick();
  return { el: h('div', { class: 'countdown' }, bar, text), stop: () => clearInterval(timer) };
}

export async function draw(view, { provider, profile, base }, cleanup) {
  const path = at(provider.id, profile.id, '/link');
  let timer = null;
  const start = () => post(path).then(show);
  const again = (text = 'New code') => button(text, start, { kind: 'primary' });

  function waiting(state) {
    const address = new URL(state.verify_url);
    timer = countdown(state, () => {});
    fill(view, h('section', { class: 'card code-card' },
      h('ol', { class: 'steps' },
        h('li', {}, h('p', {}, `Open ${address.host}${address.pathname} and sign in to ${provider.label} there. CrossWatch never sees your password.`),
          h('a', { class: 'button primary', href: state.verify_url, target: '_blank', rel: 'noopener noreferrer' }, icon('out'), `Open ${address.host}${address.pathname}`)),
        h('li', {}, h('p', {}, 'Enter this code:'),
          h('div', { class: 'code-row' }, h('output', { class: 'code', 'aria-label': `Code ${[...state.code].join(' ')}` }, state.code),
            button('Copy', () => copyText(state.code, 'The code'), { glyph: 'copy', subject: 'the code' })), timer.el),
        h('li', {}, h('p', {}, 'This page notices by itself when the code was accepted.'))),
      h('p', { class: 'quiet' }, 'No tab opened? The browser may have blocked it: type ', h('strong', {}, state.verify_url), ' into any browser, also on a phone.'),
      h('div', { class: 'row' }, button('Cancel', () => del(path).then(show)), button('New code', start, { kind: 'plain' }))));
  }

  async function linked(state) {
    const { settings } = await get(at(provider.id, profile.id, '/settings'));
    const shown = provider.config.filter((k) => k.per_profile && !k.secret && !k.advanced)
      .map((k) => [k.label, settings.find((s) => s.key === k.key)?.value]).filter(([, value]) => value !== null && value !== undefined && value !== '');
    fill(view, state.state === 'linked' && notice('good', h('p', { role: 'status' }, `${provider.label} is linked.`)),
      h('section', { class: 'card' }, h('h2', {}, 'The linked account'),
        shown.length > 0 && h('dl', { class: 'facts' }, shown.map(([label, value]) => [h('dt', {}, label), h('dd', {}, String(value))])),
        h('div', { class: 'row' }, link('Next: check server and user', `${base}/settings`, 'button primary'),
          button('Connect again', start, { kind: 'plain' }),
          button('Disconnect', async () => {
            await post(at(provider.id, profile.id, '/disconnect'));
            profile.linked = false;
            show({ state: 'none' });
          }, { kind: 'plain danger' })),
        h('p', { class: 'quiet' }, 'Connecting again keeps the present login until the new one is proven. Disconnecting keeps pairs, libraries and what was synced.')));
  }

  const ends = {
    expired: ['The code has expired', 'Nothing was changed. A new code is valid for another while.'],
    denied: [`${provider.label} refused the code`, 'Nothing was changed.'],
    cancelled: ['Cancelled', 'Nothing was changed. A code that is entered now has no effect.'],
    failed: ['This did not work', ''],
  };

  function show(state) {
    timer?.stop();
    timer = null;
    if (state.state === 'waiting') return waiting(state);
    if (state.state === 'linked') profile.linked = true;
    if (state.state in ends) {
      const [head, text] = ends[state.state];
      fill(view, h('section', { class: 'card' }, notice(state.state === 'cancelled' ? 'warn' : 'bad', h('h2', {}, head), state.error ? told(state.error) : h('p', {}, text)),
        h('div', { class: 'row' }, again(), profile.linked && badge('The former login goes on', 'good'))));
      return undefined;
    }
    if (profile.linked) return linked(state);
    fill(view, h('section', { class: 'card' }, h('h2', {}, `Connect ${provider.label}`),
      h('p', {}, `You get a code and enter it at ${provider.label}, where you sign in as always. CrossWatch never asks for your password.`),
      h('div', { class: 'row' }, again(`Connect ${provider.label}`))));
    return undefined;
  }

  fill(view, busy('Asking how the login stands'));
  cleanup(listen('link', (state) => {
    if (state.provider === provider.id && state.profile === profile.id) show(state);
  }));
  cleanup(() => timer?.stop());
  cleanup(listen('again', () => {
    if (timer) get(path).then(show).catch(fail);  // what became of the code
  }));
  const state = await get(path);
  await show(profile.linked && state.state !== 'waiting' ? { state: 'none' } : state.state === 'linked' ? { state: 'none' } : state);
}
