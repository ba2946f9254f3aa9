// Bars over days, drawn as SVG. The table beneath says the same in numbers.
const SVG = 'http://www.w3.org/2000/svg';
const WIDE = 720;
const HIGH = 220;
const LEFT = 44;
const FOOT = 24;

/**
 * @param {string} name
 * @param {Record<string, string|number>} is
 * @param {string} [text]
 */
function s(name, is, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(is)) node.setAttribute(key, String(value));
  if (text !== undefined) node.textContent = text;
  return node;
}

/** A round number at or above. @param {number} n */
function roundUp(n) {
  if (n <= 4) return 4;
  const size = 10 ** Math.floor(Math.log10(n));
  return [1, 2, 4, 5, 10].map((m) => m * size).find((v) => v >= n) ?? n;
}

/**
 * @param {string} label of the whole
 * @param {{day: string, parts: {name: string, n: number}[]}[]} days
 * @param {string[]} names in the order of their shades
 * @param {{width?: number, height?: number}} [size] of its own units
 */
export function plot(label, days, names, { width = WIDE, height = HIGH } = {}) {
  const most = roundUp(Math.max(...days.map((d) => d.parts.reduce((a, p) => a + p.n, 0)), 0));
  const svg = s('svg', { viewBox: `0 0 ${width} ${height}`, class: 'plot', role: 'img', 'aria-label': label });
  const high = height - FOOT - 8;
  for (const part of [0, 0.25, 0.5, 0.75, 1]) {
    const y = 8 + high * (1 - part);
    svg.append(s('line', { x1: LEFT, x2: width, y1: y, y2: y, class: 'rule' }));
    if (part === 0 || part === 0.5 || part === 1) svg.append(s('text', { x: LEFT - 8, y: y + 4, 'text-anchor': 'end' }, Math.round(most * part).toLocaleString('en')));
  }
  const step = (width - LEFT) / Math.max(1, days.length);
  days.forEach((d, i) => {
    let y = 8 + high;
    for (const { name, n } of d.parts) {
      const tall = (n / most) * high;
      y -= tall;
      const bar = s('rect', { x: (LEFT + i * step + step * 0.15).toFixed(1), y: y.toFixed(1), width: (step * 0.7).toFixed(1), height: Math.max(0, tall).toFixed(1), class: `shade-${names.indexOf(name) % 5}` });
      bar.append(s('title', {}, `${d.day}, ${name}: ${n.toLocaleString('en')}`));
      svg.append(bar);
    }
    if (i % Math.ceil(days.length / 6) === 0) {
      svg.append(s('text', { x: (LEFT + i * step + step / 2).toFixed(1), y: height - 6, 'text-anchor': 'middle' }, new Date(`${d.day}T12:00:00Z`).toLocaleDateString('en', { day: 'numeric', month: 'short' })));
    }
  });
  return svg;
}

/**
 * A line so small that it stands beside a number.
 * @param {number[]} values oldest first
 */
export function spark(values) {
  const most = Math.max(1, ...values);
  const svg = s('svg', { viewBox: '0 0 96 28', class: 'spark', 'aria-hidden': 'true' });
  const at = (/** @type {number} */ v, /** @type {number} */ i) => `${((i / Math.max(1, values.length - 1)) * 94 + 1).toFixed(1)},${(26 - (v / most) * 24).toFixed(1)}`;
  svg.append(s('polyline', { points: values.map(at).join(' ') }));
  return svg;
}
