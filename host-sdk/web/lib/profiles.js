// Profiles by the name that the API uses for them: "provider", or "provider@profile".
import { post } from './api.js';
import { profileName } from './format.js';

export const refText = (provider, profile) => (profile === 'default' ? provider : `${provider}@${profile}`);

export function named(providers, ref) {
  const [providerId, profileId = 'default'] = ref.split('@');
  const provider = providers.find((p) => p.id === providerId);
  return provider ? profileName(provider, provider.profiles.find((p) => p.id === profileId) ?? { id: profileId }) : ref;
}

// Makes a profile of that name, with the settings of the one at hand where they are no login, and leads to it.
export async function makeProfile(provider, name, from = 'default') {
  let id = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^a-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 32);
  // A name in other letters leaves nothing.
  for (let n = 2, nameless = id === ''; nameless && (id === '' || provider.profiles.some((p) => p.id === id)); ++n) id = `profile-${n}`;
  await post('/api/profiles', { provider: provider.id, id, label: name, copy_from: from });
  location.hash = `#/p/${encodeURIComponent(provider.id)}/${encodeURIComponent(id)}/${provider.auth ? 'connect' : 'settings'}`;
}

// [ref, name] of every profile whose provider works and fits.
export const profilesOf = (providers, fits = () => true) => providers.filter((p) => p.state === 'ok' && fits(p))
  .flatMap((p) => p.profiles.map((x) => [refText(p.id, x.id), `${profileName(p, x)}${p.auth && !x.linked ? ' (not linked yet)' : ''}`]));
