// Facts, times and names as a person reads them.

export const featureNames = { history: 'History', ratings: 'Ratings', progress: 'Progress', watchlist: 'Watchlist' };
export const features = ['history', 'ratings', 'progress', 'watchlist'];

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const minute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const count = new Intl.NumberFormat();

export const number = (n) => count.format(n ?? 0);
export const plural = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;
export const dateTime = (iso) => (iso ? minute.format(new Date(iso)) : '');
export const date = (iso) => (iso ? day.format(new Date(iso)) : '');

export function ago(iso) {
  if (!iso) return 'never';
  const seconds = (Date.now() - new Date(iso)) / 1000;
  const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
  if (seconds < 90) return 'just now';
  if (seconds < 5400) return relative.format(-Math.round(seconds / 60), 'minute');
  if (seconds < 129600) return relative.format(-Math.round(seconds / 3600), 'hour');
  const days = seconds / 86400;
  if (days < 60) return relative.format(-Math.round(days), 'day');
  if (days < 730) return relative.format(-Math.round(days / 30.44), 'month');
  return relative.format(-Math.round(days / 365.25), 'year');
}

export function duration(seconds) {
  if (seconds < 1) return 'less than 1 s';
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

// "41:30", "1:02:03"
export function clock(ms) {
  const s = Math.floor(Math.max(0, ms) / 1000);
  const two = (n) => String(n).padStart(2, '0');
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

export function title(item) {
  const two = (n) => String(n).padStart(2, '0');
  const year = item.year > 0 ? ` (${item.year})` : '';
  if (item.type !== 'episode' && item.type !== 'season') return `${item.title || 'Without a title'}${year}`;
  let out = `${item.series_title || 'Unknown series'}${year}`;
  if (item.season >= 0) out += ` S${two(item.season)}`;
  if (item.type === 'episode' && item.episode >= 0) out += `E${two(item.episode)}`;
  return item.type === 'episode' && item.title ? `${out} – ${item.title}` : out;
}

export function value(v) {
  if (!v) return '';
  if ('plays' in v)
    return (v.watched_at ? `watched ${dateTime(v.watched_at)}` : 'watched, date unknown') + (v.plays > 1 ? `, ${v.plays} plays` : '');
  if ('rating' in v) return `rated ${v.rating}`;
  if ('progress_ms' in v) {
    const min = (ms) => Math.round(ms / 60000);
    return `at ${min(v.progress_ms)}${v.duration_ms > 0 ? ` of ${min(v.duration_ms)}` : ''} min`;
  }
  return v.listed_at ? `listed ${date(v.listed_at)}` : 'listed';
}

export const opNames = { add: 'Add', update: 'Change', remove: 'Remove' };
export const resultNames = { planned: 'Planned', applied: 'Done', already: 'Was so already', skipped: 'Skipped', held: 'Held', parked: 'Parked', conflict: 'Conflict', failed: 'Failed' };

export function change(item) {
  if (item.op === 'remove') return item.before ? `was ${value(item.before)}` : '';
  if (item.op === 'update' && item.before) return `${value(item.before)} → ${value(item.after)}`;
  return value(item.after);
}

export function totals(t = {}) {
  const parts = ['added', 'updated', 'removed', 'skipped', 'held', 'parked', 'conflicts', 'failed']
    .filter((name) => t[name] > 0)
    .map((name) => (name === 'conflicts' ? plural(t[name], 'conflict') : `${number(t[name])} ${name}`));
  return parts.length > 0 ? parts.join(', ') : 'nothing to do';
}

const toDo = { added: 'to add', updated: 'to change', removed: 'to remove' };
export function planned(t = {}) {
  const parts = Object.entries(toDo).filter(([name]) => t[name] > 0).map(([name, text]) => `${number(t[name])} ${text}`);
  const others = totals({ ...t, added: 0, updated: 0, removed: 0 });
  if (others !== 'nothing to do') parts.push(others);
  return parts.length > 0 ? parts.join(', ') : 'nothing to do';
}

const holds = {
  lane_blocked: 'one side shows so little of what it had that it may be another account, another library, or an accident',
  nearly_all_changed: 'nearly everything changed at once',
  too_many_removes: 'more is to be removed than one run may remove by itself',
  removal_unproven: 'the service could not confirm that it is gone',
  only_on_target: 'only the target has it, and removing that is asked once',
  title_guess: 'no id, but only title and year say which item is meant',
};

// Why the engine does something, or does not.
const whys = {
  changed_after_removal: 'changed after the other side had removed it',
  follows_source: 'as the source says',
  removed: 'removed on the other side',
  not_on_source: 'the source does not have it',
  not_sticking: 'it was written, and is as before again',
  removal_not_sticking: 'it was removed, and is there again',
  retry: 'tried again',
  conflict_newest_wins: 'both sides changed; the newer counts',
  conflict_source_wins: 'both sides changed; the source counts',
  conflict_target_wins: 'both sides changed; the target counts',
  conflict_unresolved: 'both sides changed; neither is touched',
  cannot_add: 'nothing can be added there',
  cannot_update: 'it cannot be changed there',
  cannot_remove: 'it cannot be removed there',
  kind_unsupported: 'titles of this kind are not kept there',
};

// What a guess by title has found.
export const guessed = (text = '') => (text.startsWith('title_guess: ') ? text.slice(text.indexOf('"')) : '');

// The engine's reasons are "code" or "code: what to tell".
export function reason(text = '') {
  const [code, ...rest] = text.split(': ');
  if (holds[code]) return holds[code];
  if (rest.length === 0 && whys[code]) return whys[code];
  return rest.length > 0 ? rest.join(': ') : code.replaceAll('_', ' ');
}

const kinds = { ok: 'good', nothing_to_do: 'good', planned: '', degraded: 'warn', held: 'warn', blocked: 'bad', failed: 'bad', cancelled: 'warn', skipped: '' };
export const statusKind = (status) => kinds[status] ?? '';
export const statusName = (status) =>
  ({ ok: 'Done', nothing_to_do: 'In sync', planned: 'Planned', degraded: 'Done in part', held: 'Waits for approval', blocked: 'Blocked', failed: 'Failed',
    cancelled: 'Cancelled', skipped: 'Skipped', 'never ran': 'Never ran' }[status] ?? status.replaceAll('_', ' '));

export const profileName = (provider, profile) =>
  `${provider?.label ?? '?'}${profile?.label ? ` – ${profile.label}` : profile?.id && profile.id !== 'default' ? ` – ${profile.id}` : ''}`;
