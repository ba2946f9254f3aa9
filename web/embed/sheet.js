// The element's own sheet, adopted as an object. A site changes it with custom
// properties and ::part; it never has to fight it.

/** Drawings on the buttons: one path each, in a square of 24. */
export const PLANE = 'M12 19V5m0 0-6 6m6-6 6 6';
export const SQUARE = 'M6.5 6.5h11v11h-11z';
export const CROSS = 'M6 6l12 12M18 6 6 18';
export const PERSON = 'M12 12a3.8 3.8 0 1 0 0-7.6 3.8 3.8 0 0 0 0 7.6ZM5 20c.6-3.7 3.4-5.5 7-5.5s6.4 1.8 7 5.5';
export const MICROPHONE = 'M9 6a3 3 0 0 1 6 0v5a3 3 0 0 1-6 0zM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3';
export const CLIP = 'M19 11.5l-7.2 7.2a4.3 4.3 0 0 1-6.1-6.1l8-8a2.9 2.9 0 0 1 4.1 4.1l-7.9 7.9a1.4 1.4 0 0 1-2-2l7-7';
export const CAMERA = 'M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 9.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7';
export const SOUND = 'M4.5 9.5v5h3l4.5 4v-13l-4.5 4zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11';

const ELEMENT_STYLE = `
:host { display: block; max-inline-size: 26rem; color-scheme: light dark; font: var(--mayfly-font, 1rem/1.5 system-ui, sans-serif);
  --paper: var(--mayfly-paper, light-dark(#faf6ee, #1a1611)); --ink: var(--mayfly-text, light-dark(#1f1a15, #f4ecdd));
  --faint: var(--mayfly-faint, light-dark(#574d42, #bfb2a0)); --accent: var(--mayfly-accent, light-dark(#8a5200, #f3b458));
  --red: light-dark(#9c1b1b, #ff9086); --size: var(--mayfly-size, 10rem);
  --plate: color-mix(in oklab, var(--paper) 93%, var(--ink)); --hair: color-mix(in oklab, var(--paper) 84%, var(--ink)); }
:host([hidden]), [hidden] { display: none !important; }
[part~='box'] { position: relative; box-sizing: border-box; display: flex; flex-direction: column; align-items: center; gap: .75rem; padding: 1.25rem; overflow: clip;
  background: var(--paper); color: var(--ink); border: 1px solid var(--hair); border-radius: var(--mayfly-radius, 1.25rem); }
/* Who is not human says so: a site's ::part rules give way here. */
[part~='figure'], [part~='ai'] { display: block !important; visibility: visible !important; opacity: 1 !important; }
[part~='figure'] { inline-size: var(--size); max-inline-size: 70%; margin-block: calc(var(--size) * .12) calc(var(--size) * .24); }
:host(:is([data-state='talking'], [data-state='reconnecting'])) [part~='figure'] { --size: calc(var(--mayfly-size, 10rem) * .66); }
:host([data-human='true']) [part~='figure'] { filter: grayscale(.85) contrast(.6); }
p { margin: 0; text-align: center; overflow-wrap: anywhere; }
[part~='name'] { font-size: 1.5em; line-height: 1.1; font-weight: 600; letter-spacing: -.01em; }
[part~='ai'] { padding: .1em .8em; border: 1px solid currentcolor; border-radius: 999px; color: var(--accent); font-weight: 600; font-size: .875em; }
[part~='record'] { display: flex; flex-wrap: wrap; align-items: center; justify-content: center; gap: .25rem .75rem; }
[part~='recording'] { color: var(--faint); font-size: .875em; }
[part~='recording'][data-recording='on'] { color: var(--red); font-weight: 600; }
[part~='recording']::before { content: ''; display: inline-block; inline-size: .55em; block-size: .55em; margin-inline-end: .45em; border: 1.5px solid currentcolor; border-radius: 50%; }
[part~='recording'][data-recording='on']::before { background: currentcolor; }
[part~='off'] { min-block-size: 2.25rem; font-size: .875em; font-weight: 400; }
[part~='off'][aria-checked='true']::before { content: '✓'; }
[part~='kept'] { box-sizing: border-box; inline-size: 100%; display: flex; flex-wrap: wrap; gap: .5rem; background: var(--plate); border-radius: 1rem; padding: .9rem 1rem; font-size: .9375em; }
[part~='kept-text'] { flex: 1 1 100%; text-align: start; }
[part~='kept'] [part~='button'] { flex: 1 1 7rem; min-block-size: 2.5rem; text-decoration: none; }
[part~='said'] { display: grid; align-items: center; inline-size: 100%; }
:host(:is([data-state='talking'], [data-state='reconnecting'])) [part~='said'] { min-block-size: 3.4em; }
[part~='said'] > * { grid-area: 1 / 1; }
[part~='caption'] { font-size: 1.0625em; line-height: 1.4; text-wrap: balance; }
[part~='status'] { font-size: .875em; color: var(--faint); text-wrap: balance; }
[part~='status']:empty, [part~='note']:has([part~='note-text']:empty) { display: none; }
/* While it is heard, its words stand where its state stood. */
:host(:not([data-mood='speaking'])) [part~='caption'], :host([data-mood='speaking'][data-state='talking']) [part~='status'] {
  position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
[part~='log'] { box-sizing: border-box; inline-size: 100%; max-block-size: 14rem; overflow: auto; scrollbar-width: thin; margin: 0; padding: .75rem .25rem .25rem; mask-image: linear-gradient(transparent, #000 .75rem); list-style: none; display: grid; gap: .75rem; }
[part~='log']:empty { display: none; }
[part~='line'] { display: grid; overflow-wrap: anywhere; unicode-bidi: plaintext; }
[part~='you'] [part~='words'] { background: var(--plate); border-radius: 1rem; padding: .4rem .8rem; justify-self: end; }
[part~='you'] [part~='who'] { justify-self: end; padding-inline: .8rem; }
[part~='who'] { font-size: .75em; color: var(--faint); }
[part~='from'] { font-size: .8em; opacity: .75; overflow-wrap: anywhere; }
[part~='words'] { white-space: pre-wrap; }
[part~='again'] { justify-self: start; margin-block: .35rem; }
[part~='note'] { box-sizing: border-box; inline-size: 100%; display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .5rem; background: var(--plate); border-radius: 1rem; padding: .6rem .9rem; font-size: .9375em; }
[part~='note-text'] { flex: 1 1 10rem; text-align: start; }
[part~='notice'] { display: flex; flex-wrap: wrap; gap: .5rem; background: var(--plate); border-radius: 1rem; padding: 1rem; }
[part~='notice-text'] { flex: 1 1 100%; text-align: start; white-space: pre-line; margin-block-end: .25rem; }
[part~='notice'] [part~='button'] { flex: 1 1 7rem; }
[part~='composer'] { inline-size: 100%; display: flex; gap: .5rem; }
[part~='field'] { flex: 1 1 6rem; min-inline-size: 0; box-sizing: border-box; font: inherit; color: inherit; background: transparent; border: 1px solid var(--faint); border-radius: 999px; padding: .5rem 1rem; }
[part~='field']::placeholder { color: var(--faint); opacity: 1; }
[part~='button'] { display: inline-flex; align-items: center; justify-content: center; gap: .4em; font: inherit; font-weight: 600; color: inherit; background: transparent; border: 1px solid var(--faint);
  border-radius: 999px; min-block-size: 2.75rem; min-inline-size: 2.75rem; padding: .25rem 1.1rem; cursor: pointer; }
[part~='button']:hover { background: var(--plate); }
[part~='start'], [part~='continue'], [part~='send'] { background: var(--ink); color: var(--paper); border-color: var(--ink); }
:is([part~='start'], [part~='continue'], [part~='send']):hover { background: color-mix(in oklab, var(--ink) 86%, var(--accent)); }
[part~='start'] { min-inline-size: min(100%, 12rem); margin-block-start: .25rem; }
[part~='stop'] { background: var(--accent); border-color: var(--accent); color: var(--paper); padding-inline: .7rem 1rem; }
[part~='stop']:hover { background: color-mix(in oklab, var(--accent) 85%, var(--ink)); }
[part~='send'] { padding: 0; flex: none; }
[part~='send'], [part~='stop'] { position: relative; z-index: 1; }
[part~='mic'] { position: relative; z-index: 0; padding: 0; flex: none; touch-action: none; user-select: none; }
[part~='mic'] svg { position: relative; }
[part~='ring'] { position: absolute; inset: -1px; border-radius: 50%; background: color-mix(in oklab, var(--accent) 30%, transparent); opacity: 0; transition: transform 90ms linear; will-change: transform; pointer-events: none; }
[part~='mic']:is([data-state='held'], [data-state='free']) { background: var(--accent); border-color: var(--accent); color: var(--paper); }
[part~='mic']:is([data-state='held'], [data-state='free']) [part~='ring'] { opacity: 1; }
[part~='mic'][data-state='muted'] { border-style: dashed; border-color: currentcolor; }
[part~='report-this'] { justify-self: start; min-block-size: 1.75rem; margin-inline-start: -.5rem; padding: 0 .5rem; border-color: transparent; font-size: .75em; font-weight: 400; color: var(--faint); }
[part~='report'] { box-sizing: border-box; inline-size: 100%; display: flex; flex-wrap: wrap; gap: .5rem; background: var(--plate); border-radius: 1rem; padding: .9rem 1rem; font-size: .9375em; }
[part~='report'] > * { flex: 1 1 100%; text-align: start; }
[part~='report'] > [part~='button'] { flex: 1 1 7rem; text-align: center; }
[part~='report-what']:focus { outline: none; }
[part~='report-said']:empty { display: none; }
[part~='report-said'] { font-weight: 600; }
[part~='report-lines'] { display: grid; gap: .35rem; max-block-size: 14rem; overflow: auto; }
[part~='tick'] { display: flex; gap: .6rem; align-items: start; padding: .5rem .7rem; border: 1px solid var(--hair); border-radius: .75rem; background: var(--paper); cursor: pointer; overflow-wrap: anywhere; }
[part~='tick-box'] { flex: none; inline-size: 1.15rem; block-size: 1.15rem; margin: .2rem 0 0; accent-color: var(--ink); }
[part~='report-reason'] { font: inherit; color: inherit; background: var(--paper); min-block-size: 2.5rem; border: 1px solid var(--faint); border-radius: 999px; padding-inline: .9rem; }
[part~='voice'] { box-sizing: border-box; inline-size: 100%; display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; background: var(--plate); border-radius: 1rem; padding: .6rem .9rem; }
[part~='voice-word'] { flex: 1 1 100%; text-align: start; font-weight: 600; font-size: .9375em; }
[part~='voice'] [part~='button'] { flex: 1 1 auto; min-block-size: 2.5rem; padding-inline: .8rem; font-size: .875em; }
[part~='mute'][aria-pressed='true'] { background: var(--ink); border-color: var(--ink); color: var(--paper); }
[part~='tray'] { box-sizing: border-box; inline-size: 100%; display: grid; gap: .4rem; background: var(--plate); border-radius: 1rem; padding: .5rem; }
[part~='tray-list'] { display: grid; gap: .4rem; margin: 0; padding: 0; list-style: none; }
[part~='tray-one'] { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; align-items: center; gap: .5rem; background: var(--paper); border-radius: .75rem; padding: .25rem; }
[part~='tray-one'] canvas, [part~='tray-page'] { display: block; inline-size: 2.75rem; block-size: 2.75rem; object-fit: cover; border-radius: .5rem; background: var(--plate); }
[part~='tray-name'] { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: .9375em; }
[part~='tray-remove'] { position: relative; min-inline-size: 2.75rem; min-block-size: 2.75rem; padding: 0; border: 0; border-radius: 50%; background: transparent; color: inherit; cursor: pointer; }
[part~='tray-remove']::before, [part~='tray-remove']::after { content: ''; position: absolute; inset: 50% auto auto 50%; inline-size: 1rem; block-size: 2px; margin: -1px -.5rem; background: currentcolor; rotate: 45deg; }
[part~='tray-remove']::after { rotate: -45deg; }
[part~='tray-one'][aria-busy='true'] { opacity: .6; }
[part~='tray-hint'] { text-align: start; padding-inline: .4rem; font-size: .875em; color: var(--faint); }
[part~='attach'], [part~='camera'] { padding: 0; flex: none; }
[part~='box'][data-drop] [part~='field'] { border-style: dashed; border-color: var(--accent); }
[part~='words'] canvas { display: block; max-inline-size: 8rem; block-size: auto; max-block-size: 8rem; border-radius: .75rem; }
[part~='tools'] { position: absolute; z-index: 1; inset-block-start: .5rem; inset-inline: .5rem; display: flex; }
[part~='tool'] { border-color: transparent; padding: 0; color: var(--faint); }
[part~='leave'] { margin-inline-start: auto; }
[part~='sound'][aria-pressed='false'] { background: linear-gradient(to top right, transparent 48%, currentcolor 48% 52%, transparent 52%) center / 1.4rem 1.4rem no-repeat; }
svg { inline-size: 1.25em; block-size: 1.25em; flex: none; fill: none; stroke: currentcolor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
[part~='stop'] svg { fill: currentcolor; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
[part~='field']:focus-visible { outline-offset: 0; border-color: transparent; }
[part~='notice-text']:focus { outline: none; }
[part~='polite'] { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: reduce) {
  [part~='ring'] { transform: none !important; background: none; }
  [part~='ring'][data-heard='true'] { box-shadow: 0 0 0 4px var(--accent); }
}
@media (forced-colors: active) {
  :is([part~='mic']:is([data-state='held'], [data-state='free']), [part~='mute'][aria-pressed='true']) { forced-color-adjust: none; background: Highlight; color: HighlightText; }
  [part~='box'], [part~='notice'], [part~='note'], [part~='kept'], [part~='voice'], [part~='tray'], [part~='report'] { border: 1px solid CanvasText; }
  [part~='button'], [part~='field'] { border-color: ButtonText; }
  :is([part~='start'], [part~='continue'], [part~='send'], [part~='stop']) { forced-color-adjust: none; background: Highlight; color: HighlightText; border-color: Highlight; }
  [part~='sound'][aria-pressed='false'] { forced-color-adjust: none; color: GrayText; }
}
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
