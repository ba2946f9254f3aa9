// A still picture of a moth in a colour, for where nothing can be drawn: plain
// shapes, which every browser has.

const SVG = 'http://www.w3.org/2000/svg';
const STILL_PARTS = [
  ['path', { d: 'M100 96 C62 20 8 44 20 96 C26 126 64 138 100 118 Z', opacity: '.72' }],
  ['path', { d: 'M100 96 C138 20 192 44 180 96 C174 126 136 138 100 118 Z', opacity: '.72' }],
  ['path', { d: 'M100 116 C70 126 50 150 66 172 C82 184 98 160 100 136 Z', opacity: '.5' }],
  ['path', { d: 'M100 116 C130 126 150 150 134 172 C118 184 102 160 100 136 Z', opacity: '.5' }],
  ['ellipse', { cx: '100', cy: '118', rx: '11', ry: '40' }],
  ['circle', { cx: '100', cy: '76', r: '17' }],
];

/** @returns {SVGSVGElement} it takes the colour of the look that its host wears */
export function stillPicture() {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [k, v] of Object.entries({ viewBox: '0 0 200 200', class: 'still', 'aria-hidden': 'true' })) svg.setAttribute(k, v);
  for (const [name, attributes] of STILL_PARTS) {
    const shape = document.createElementNS(SVG, /** @type {string} */ (name));
    for (const [k, v] of Object.entries(attributes)) shape.setAttribute(k, v);
    svg.append(shape);
  }
  return svg;
}
