// The element's own sheet, adopted as an object. A site changes it with custom
// properties and ::part; it never has to fight it.

const ELEMENT_STYLE = `
:host { display: block; max-inline-size: 26rem; color-scheme: light dark; font: var(--mayfly-font, 1rem/1.5 system-ui, sans-serif);
  --paper: var(--mayfly-paper, light-dark(#faf6ee, #14110d)); --ink: var(--mayfly-text, light-dark(#1f1a15, #f4ecdd));
  --faint: var(--mayfly-faint, light-dark(#574d42, #bfb2a0)); --glow: var(--mayfly-accent, #f0aa3c);
  --plate: color-mix(in oklab, var(--paper) 93%, var(--ink)); }
:host([hidden]), [hidden] { display: none !important; }
[part~='box'] { box-sizing: border-box; display: flex; flex-direction: column; align-items: center; gap: .75rem; padding: 1.5rem; overflow: clip;
  background: var(--paper); color: var(--ink); border-radius: var(--mayfly-radius, 1.25rem); }
[part~='figure'] { inline-size: var(--mayfly-size, 10rem); max-inline-size: 80%; margin-block: .75rem 2.25rem; }
p { margin: 0; text-align: center; }
[part~='ai'] { font-weight: 600; font-size: .875em; }
[part~='caption'] { min-block-size: 2lh; font-size: 1.125em; text-wrap: balance; overflow-wrap: anywhere; }
[part~='status'] { font-size: .875em; color: var(--faint); }
[part~='log'] { box-sizing: border-box; inline-size: 100%; max-block-size: 14rem; overflow: auto; margin: 0; padding: .25rem; list-style: none; display: grid; gap: .75rem; }
[part~='line'] { display: grid; overflow-wrap: anywhere; unicode-bidi: plaintext; }
[part~='you'] [part~='words'] { background: var(--plate); border-radius: 1rem; padding: .4rem .8rem; justify-self: end; }
[part~='you'] [part~='who'] { justify-self: end; }
[part~='who'] { font-size: .75em; color: var(--faint); }
[part~='words'] { white-space: pre-wrap; }
[part~='notice'] { display: flex; flex-wrap: wrap; gap: .5rem; justify-content: center; background: var(--plate); border-radius: 1rem; padding: 1rem; }
[part~='notice-text'] { flex: 1 1 100%; text-align: start; white-space: pre-line; }
[part~='composer'] { inline-size: 100%; display: flex; flex-wrap: wrap; gap: .5rem; }
[part~='field'] { flex: 1 1 8rem; min-inline-size: 0; font: inherit; color: inherit; background: transparent; border: 1px solid var(--faint); border-radius: 999px; padding: .5rem 1rem; }
[part~='button'] { font: inherit; font-weight: 600; color: inherit; background: transparent; border: 1px solid var(--faint); border-radius: 999px; min-block-size: 2.75rem; padding: .25rem 1.1rem; cursor: pointer; }
[part~='start'], [part~='continue'], [part~='send'] { background: var(--ink); color: var(--paper); border-color: var(--ink); }
[part~='stop'] { background: var(--glow); color: #1b1511; border-color: var(--glow); }
:focus-visible { outline: 3px solid var(--glow); outline-offset: 2px; }
[part~='notice-text']:focus { outline: none; }
[part~='polite'] { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
[part~='box'] { position: relative; }
@media (forced-colors: active) { [part~='box'], [part~='notice'] { border: 1px solid CanvasText; } }
`;

/** @type {CSSStyleSheet|null} */
let adopted = null;

/** One sheet for every element on a page. */
export function elementSheet() {
  if (!adopted) {
    adopted = new CSSStyleSheet();
    adopted.replaceSync(ELEMENT_STYLE);
  }
  return adopted;
}
