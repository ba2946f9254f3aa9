// The figure's own sheet. It is adopted as an object, so it needs no inline
// style under any content policy, on this page or on somebody else's.

const FACE_STYLE = `
:host { display: block; position: relative; aspect-ratio: 400 / 460; container-type: inline-size; direction: ltr;
  --c: var(--mayfly-colour, var(--look-colour)); }
:host([hidden]) { display: none; }
canvas { position: absolute; left: -25%; top: -9.5652%; width: 150%; height: 129.5652%; pointer-events: none; }
.still { position: absolute; inset: 4% 2% 12%; fill: var(--c); }
.halo { position: absolute; left: -18%; right: -18%; top: -26%; aspect-ratio: 1; border-radius: 50%;
  transition: opacity 240ms, transform 240ms; will-change: opacity, transform;
  background: radial-gradient(closest-side, color-mix(in oklab, var(--c) 62%, transparent), color-mix(in oklab, var(--c) 22%, transparent) 46%, transparent); }
.shade { position: absolute; left: 26%; right: 26%; bottom: -18%; height: 5%; border-radius: 50%; opacity: .16;
  background: radial-gradient(closest-side, #1f1a15, transparent); }
.pin { position: absolute; left: 50%; top: 66.3%; transform: translate(-50%, -50%);
  font: 700 max(10px, 5.6cqw)/1 system-ui, sans-serif; letter-spacing: .04em; color: #1b1511; background: #fffaf0;
  padding: .34em .52em .36em; border-radius: .55em; border: max(1.5px, .55cqw) solid #1b1511; white-space: nowrap; }
@media (prefers-reduced-motion: reduce) { .halo { transition: none; } }
@media (forced-colors: active) {
  .halo, .shade { display: none; }
  .pin { forced-color-adjust: none; background: Canvas; color: CanvasText; border-color: CanvasText; }
}
@media print { :host { display: none; } }
`;

/** @type {CSSStyleSheet|null} */
let sheet = null;

/** One sheet for every figure on a page. */
export function faceSheet() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(FACE_STYLE);
  }
  return sheet;
}
