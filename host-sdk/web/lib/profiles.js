// Profiles by the name that the API uses for them: "provider", or "provider@profile".
import { profileName } from './format.js';

export const refText = (provider, profile) => (profile === 'default' ? provider : `${provider}@${profile}`);

export function named(providers, ref) {
  const [providerId, profileId = 'default'] = ref.split('@');
  const provider = providers.find((p) => p.id === providerId);
  return provider ? profileName(provider, provider.profiles.find((p) => p.id === profileId) ?? { id: profileId }) : ref;
}

// [ref, name] of every profile whose provider works and fits.
export const profilesOf = (providers, fits = () => true) => providers.filter((p) => p.state === 'ok' && fits(p))
  .flatMap((p) => p.profiles.map((x) => [refText(p.id, x.id), `${profileName(p, x)}${p.auth && !x.linked ? ' (not linked yet)' : ''}`]));
