// What is begun and not finished, in every profile that keeps positions; with what is playing now.
import { get, post } from '../lib/api.js';
import { badge, busy, button, empty, fail, fill, h, newId, notice, remedy, sending, table, toast, told } from '../lib/dom.js';
import { ago, clock, dateTime, number, plural, reason, title } from '../lib/format.js';
import { listen, newer } from '../lib/news.js';
import { pager } from '../lib/pager.js';
import { named } from '../lib/profiles.js';
import { drawPlaying, position } from './playing.js';

const pageSize = 50;

// "41:30" and "1:02:03" in milliseconds; undefined for anything else.
function readClock(text) {
  const parts = /^(?:(\d{1,3}):)?(\d{1,4}):(\d\d)$/.exec(text.trim());
  if (!parts) return undefined;
  const [hours, minutes, seconds] = [parts[1] ?? 0, parts[2], parts[3]].map(Number);
  return seconds > 59 || (parts[1] && minutes > 59) ? undefined : ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

const outcomes = { done: 'stored', nothing_to_do: 'nothing to do', refused: 'not stored', failed: 'failed' };

// Asks what is to be done with one title and does it. `clear`: its position is to go.
function dialog(item, clear, providers, done) {
  const wrong = h('div', { class: 'error', role: 'alert' });
  const field = h('input', { type: 'text', name: 'position', autocomplete: 'off', inputmode: 'numeric', required: true, value: clock(item.points[0].progress_ms) });
  const replay = h('input', { type: 'checkbox', name: 'replay' });
  const places = [...item.points, ...(clear ? [] : item.missing.map((profile) => ({ profile, progress_ms: null })))]
    .map((p) => ({ ...p, box: h('input', { type: 'checkbox', checked: p.progress_ms !== null }) }));
  const tick = (box, text, quiet) => h('label', { class: 'tick block' }, box, h('span', {}, text, quiet && h('span', { class: 'quiet' }, ` ${quiet}`)));
  const heading = newId('dialog');
  const box = h('dialog', { class: 'card', 'aria-labelledby': heading });
  const submit = sending(async () => {
    fill(wrong);
    const chosen = places.filter((p) => p.box.checked);
    const ms = clear ? undefined : readClock(field.value);
    if (chosen.length === 0) return fill(wrong, 'Tick at least one profile.');
    if (!clear && !(ms > 0)) return fill(wrong, 'Write the position as minutes and seconds, such as 41:30 or 1:02:03.');
    try {
      const answer = await post('/api/progress', { key: item.key, points: chosen.map(({ profile, progress_ms }) => ({ profile, progress_ms })),
        ...(clear ? { clear: true } : { position_ms: ms, replay: replay.checked }) });
      const bad = answer.outcomes.filter((o) => o.result === 'refused' || o.result === 'failed');
      if (bad.length === 0) {
        box.close();
        toast(clear ? 'The position is taken away.' : 'The position is stored.');
      } else {
        fill(wrong, h('ul', {}, answer.outcomes.map((o) => h('li', {}, `${named(providers, o.profile)}: ${outcomes[o.result]}${o.reason ? ` – ${reason(o.reason)}` : ''}`))));
      }
      done();
    } catch (error) {
      fill(wrong, told(error));
    }
    return undefined;
  });
  fill(box, h('form', { class: 'stack', onsubmit: submit }, h('h2', { id: heading }, clear ? `Clear: ${title(item)}` : `Set the position: ${title(item)}`),
    clear ? h('p', {}, 'The title is then no longer in the list of what goes on. The watched mark stays as it is.')
      : h('label', { class: 'field' }, h('span', {}, 'Position'), field, h('span', { class: 'quiet' }, `Minutes and seconds${item.points[0].duration_ms > 0 ? `, before ${clock(item.points[0].duration_ms)}` : ''}.`)),
    h('fieldset', {}, h('legend', {}, 'Where'), places.map((p) => tick(p.box, named(providers, p.profile), p.progress_ms === null ? 'not begun there' : `now at ${clock(p.progress_ms)}`))),
    !clear && tick(replay, 'Also where it is marked as watched'), wrong,
    h('div', { class: 'row' }, h('button', { class: clear ? 'primary danger-fill' : 'primary' }, clear ? 'Clear the position' : 'Store the position'),
      h('button', { type: 'button', class: 'plain', onclick: () => box.close() }, 'Cancel'))));
  box.addEventListener('close', () => box.remove());
  document.body.append(box);
  box.showModal();
  (clear ? box.querySelector('button') : field).focus();
}

function cells(item, providers, redraw) {
  const name = title(item);
  const act = (text, clear) => button(text, () => dialog(item, clear, providers, redraw), { kind: clear ? 'plain danger' : 'plain', subject: name });
  return [h('span', {}, name, ' ', item.ambiguous ? badge('ids contradict', 'bad') : item.differs && badge('differs', 'warn')),
    h('ul', { class: 'points' }, item.points.map((p) => h('li', {}, h('span', { class: 'who' }, named(providers, p.profile)),
      h('span', { class: 'far-row' }, position(p.progress_ms, p.duration_ms ?? 0, `How far ${name} is at ${named(providers, p.profile)}`)),
      h('span', { class: 'quiet', title: p.progress_at ? dateTime(p.progress_at) : undefined }, p.progress_at ? ago(p.progress_at) : 'date unknown'))),
    item.missing.length > 0 && h('li', { class: 'quiet' }, `not begun at ${item.missing.map((ref) => named(providers, ref)).join(', ')}`)),
    item.ambiguous ? h('span', { class: 'quiet' }, 'Nothing is written while it may be two titles.') : h('span', { class: 'row' }, act('Set', false), act('Clear', true))];
}

export async function show(view, _, cleanup) {
  const [{ providers }, first] = await Promise.all([get('/api/providers'), get('/api/live')]);
  const live = newer('live', first);
  const now = h('section', { class: 'card', 'aria-label': 'Now playing' });
  const list = h('div', { class: 'stack' });
  const summary = h('p', { class: 'quiet', role: 'status' });
  const asked = { offset: 0, q: '', differs: '' };
  let newest = live.n, generation = 0, typing = 0;
  cleanup(listen('live', (state) => {
    if (state.n < newest) return;
    newest = state.n;
    drawPlaying(now, state, providers);
  }));
  drawPlaying(now, live, providers);

  async function load(fresh = false) {
    const mine = ++generation;
    if (fresh) fill(summary, busy('Asking every profile'));
    const query = new URLSearchParams({ offset: asked.offset, limit: pageSize, q: asked.q, differs: asked.differs, fresh: fresh ? '1' : '' });
    const answer = await get(`/api/progress?${query}`);
    if (mine !== generation) return;
    if (answer.offset >= answer.matching && answer.offset > 0) {
      asked.offset = Math.max(0, Math.floor((answer.matching - 1) / pageSize) * pageSize);
      load();
      return;
    }
    fill(summary, answer.total === 0 ? '' : `${answer.matching === answer.total ? plural(answer.total, 'title') : `${number(answer.matching)} of ${plural(answer.total, 'title')}`}, read ${ago(answer.read_at)}`);
    fill(list, answer.problems.map((p) => notice('warn', told({ message: `${named(providers, p.profile)} could not be read: ${p.message}`, remedy: p.remedy }))),
      answer.profiles.length === 0 ? empty('No profile keeps positions', 'Switch on a provider that does.')
        : answer.titles.length > 0 ? h('div', { class: 'card' }, table('Unfinished titles', ['Title', 'How far', 'Action'], answer.titles.map((t) => cells(t, providers, () => load(true).catch(fail)))))
          : answer.total > 0 ? h('p', {}, 'Nothing fits.') : answer.problems.length === 0 && empty('Nothing is unfinished', 'Whatever was begun is finished.'),
      pager(answer.offset, pageSize, answer.matching, (to) => {
        asked.offset = to;
        load().catch(fail);
        list.scrollIntoView();
      }));
  }

  const search = h('input', { type: 'search', name: 'q', autocomplete: 'off', oninput: (e) => {
    clearTimeout(typing);
    typing = setTimeout(() => { asked.q = e.target.value.trim(); asked.offset = 0; load().catch(fail); }, 150);
  } });
  const differing = h('input', { type: 'checkbox', onchange: (e) => { asked.differs = e.target.checked ? '1' : ''; asked.offset = 0; load().catch(fail); } });
  fill(view, h('h1', {}, 'Progress'),
    h('p', { class: 'lead' }, 'What is begun and not finished: where, how far, and where profiles differ. A position is stored by the provider\'s own rules, and never while the title is being played.'),
    now, h('div', { class: 'filters' }, h('label', { class: 'field slim grow' }, h('span', {}, 'Search'), search),
      h('label', { class: 'tick' }, differing, 'Only what differs'), button('Read again', () => load(true))), summary, list);
  load(true).catch((error) => fill(summary, error.message, ' ', remedy(error.remedy)));
}
