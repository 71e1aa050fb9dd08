// What is being played, as the sources of routes tell it.
import { badge, fill, h, link } from '../lib/dom.js';
import { ago, clock, title } from '../lib/format.js';
import { named } from '../lib/profiles.js';

const shown = 50;

// How far something is, as text and as a bar.
export function position(ms, length, label) {
  return [length > 0 && h('progress', { class: 'far', max: length, value: Math.min(ms, length), 'aria-label': label }),
    h('span', {}, length > 0 ? `${clock(ms)} of ${clock(length)}` : clock(ms))];
}

function row(item, providers) {
  return h('li', { class: 'playing' }, h('div', { class: 'row between' }, h('h3', {}, title(item)),
    badge(item.event === 'paused' ? 'Paused' : 'Playing', item.event === 'paused' ? '' : 'good')),
  h('div', { class: 'far-row' }, position(item.progress_ms ?? 0, item.duration_ms ?? 0, `How far ${title(item)} is`)),
  h('p', { class: 'quiet' }, `${named(providers, item.profile)} · began ${ago(item.since)}`));
}

// Fills `view` with the state that GET /api/live gives.
export function drawPlaying(view, live, providers) {
  const off = live.state === 'off';
  const those = (state) => live.profiles.filter((p) => p.link?.state === state).map((p) => named(providers, p.profile)).join(', ');
  const told = those('live'), blind = those('polling');
  fill(view, h('h2', {}, 'Now playing'),
    live.playing.length > 0
      ? [h('ul', { class: 'stack' }, live.playing.slice(0, shown).map((p) => row(p, providers))), live.playing.length > shown && h('p', { class: 'quiet' }, `and ${live.playing.length - shown} more`)]
      : h('p', { class: 'quiet' }, off ? ['Nobody listens: what is played is told where a ', link('route', '#/routes'), ' begins.'] : 'Nothing is playing now.'),
    told && h('p', { class: 'quiet' }, `This is what ${told} tells, where a `, link('route', '#/routes'), ' begins.'),
    blind && h('p', { class: 'quiet' }, `Of ${blind} only what was watched is told, not what is playing.`));
}
