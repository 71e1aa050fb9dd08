// Bars, where looking beats reading. Whoever cannot look finds the same numbers in a table behind them.
import { h, table } from './dom.js';
import { number } from './format.js';

const ns = 'http://www.w3.org/2000/svg';
const height = 100;

function svg(tag, props, ...children) {
  const el = document.createElementNS(ns, tag);
  for (const [name, value] of Object.entries(props)) el.setAttribute(name, String(value));
  el.append(...children);
  return el;
}

// `bars`: [{name, label, parts: [{kind, value}]}], in order; the label is a shorter name. A part's kind is its colour (style.css) and names it in
// `legend`: {kind: text}. `show`: how a value is written.
export function barChart({ title, bars, legend, show = number, heads }) {
  const sum = (bar) => bar.parts.reduce((all, part) => all + part.value, 0);
  const most = Math.max(...bars.map(sum), 1e-9);
  const few = bars.length <= 8;
  const wide = 10, gap = few ? 6 : bars.length > 40 ? 1 : 3;
  const picture = svg('svg', { viewBox: `0 0 ${bars.length * wide} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  bars.forEach((bar, i) => {
    let from = height;
    for (const part of bar.parts) {
      if (part.value <= 0) continue;
      const tall = Math.max(1, (part.value / most) * height);
      from -= tall;
      picture.append(svg('rect', { x: i * wide + gap / 2, y: from, width: wide - gap, height: tall, class: `bar-${part.kind}` },
        svg('title', {}, `${bar.name}: ${legend[part.kind]} ${show(part.value)}`)));
    }
  });
  const kinds = Object.keys(legend).filter((kind) => bars.some((bar) => bar.parts.some((part) => part.kind === kind && part.value > 0)));
  const cells = (bar) => [bar.name, ...kinds.map((kind) => show(bar.parts.find((part) => part.kind === kind)?.value ?? 0))];
  return h('figure', { class: 'chart' }, h('figcaption', {}, h('strong', {}, title),
    kinds.length > 1 && h('span', { class: 'legend' }, kinds.map((kind) => h('span', { class: `key key-${kind}` }, legend[kind])))),
  h('div', { class: 'plot' }, h('span', { class: 'most quiet' }, show(most)), picture),
  h('div', { class: `quiet ends ${few ? 'each' : ''}`, 'aria-hidden': 'true' }, (few ? bars : [bars[0], bars.at(-1)]).map((bar) => h('span', {}, bar.label ?? bar.name))),
  h('details', {}, h('summary', {}, 'As a table'), table(title, [heads, ...kinds.map((kind) => legend[kind])], bars.map(cells))));
}
