// Long lists a page at a time.
import { fill, h } from './dom.js';
import { number, plural } from './format.js';

// The way to the other pages: `go` gets where the wanted one begins. Nothing when one page holds all.
export function pager(offset, size, count, go) {
  if (count <= size) return null;
  const turn = (text, to, off) => h('button', { type: 'button', disabled: off, onclick: () => go(to) }, text);
  const end = Math.min(count, offset + size);
  return h('div', { class: 'row' }, turn('Previous', offset - size, offset === 0),
    h('span', { class: 'quiet', role: 'status' }, `${number(offset + 1)} to ${number(end)} of ${number(count)}`), turn('Next', offset + size, end >= count));
}

// A list that is at hand: `draw` gets the items of one page, `text` says what an item is found by, `place` keeps where
// somebody is while the list is drawn anew.
export function paged(items, text, draw, place = { offset: 0, q: '' }, size = 50) {
  const rows = h('div', { class: 'stack' }), found = h('p', { class: 'quiet', role: 'status' });
  const show = () => {
    const fitting = place.q === '' ? items : items.filter((item) => text(item).toLowerCase().includes(place.q));
    place.offset = Math.min(place.offset, Math.max(0, Math.floor((fitting.length - 1) / size) * size));
    fill(found, place.q !== '' && (fitting.length === 0 ? 'Nothing fits this search.' : `${number(fitting.length)} of ${plural(items.length, 'item')}`));
    fill(rows, fitting.length > 0 && draw(fitting.slice(place.offset, place.offset + size)), pager(place.offset, size, fitting.length, (to) => {
      place.offset = to;
      show();
      rows.scrollIntoView();
    }));
  };
  show();
  if (items.length <= size && place.q === '') return rows;
  const search = h('input', { type: 'search', name: 'q', autocomplete: 'off', value: place.q, oninput: (e) => {
    Object.assign(place, { offset: 0, q: e.target.value.trim().toLowerCase() });
    show();
  } });
  return h('div', { class: 'stack' }, h('label', { class: 'field slim' }, h('span', {}, 'Search'), search), found, rows);
}
