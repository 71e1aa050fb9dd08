// One profile of a provider: its login, its settings, its libraries.
import { get } from '../lib/api.js';
import { fill, h, link } from '../lib/dom.js';
import { profileName } from '../lib/format.js';
import * as connect from './connect.js';
import * as libraries from './libraries.js';
import * as settings from './settings.js';

const parts = { connect: ['Connect', connect], settings: ['Settings', settings], libraries: ['Libraries', libraries] };

export async function show(view, [providerId, profileId, part = 'settings'], cleanup) {
  const { providers } = await get('/api/providers');
  const provider = providers.find((p) => p.id === providerId);
  const profile = provider?.profiles.find((p) => p.id === profileId);
  if (!profile) throw new Error('There is no such profile.');
  const base = `#/p/${encodeURIComponent(providerId)}/${encodeURIComponent(profileId)}`;
  const offered = Object.entries(parts).filter(([name]) =>
    (name !== 'connect' || provider.auth) && (name !== 'libraries' || provider.directory));
  const tabs = offered.length > 1 && h('nav', { class: 'tabs', 'aria-label': 'Profile' }, h('ul', {}, offered.map(([name, [text]]) =>
    h('li', {}, h('a', { href: `${base}/${name}`, 'aria-current': name === part ? 'page' : undefined }, text)))));
  const body = h('div', {});
  if (!offered.some(([name]) => name === part)) throw new Error('There is no such page.');
  fill(view, h('p', { class: 'crumb' }, link('Providers', '#/')), h('h1', {}, profileName(provider, profile)), tabs, body);
  if (!provider.enabled) {
    fill(body, h('p', {}, 'This provider is switched off. ', link('Switch it on', '#/'), ' first.'));
    return;
  }
  await parts[part][1].draw(body, { provider, profile, base }, cleanup);
}
