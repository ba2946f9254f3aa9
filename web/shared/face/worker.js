// The thread on which the figure lives. It is handed a canvas and cues, and
// answers with the number of the mouth shape it draws.
import { Stage } from './stage.js';

/** @type {Stage|null} */
let stage = null;

// Without frames of its own a worker cannot draw, and the page must.
if (typeof requestAnimationFrame !== 'function') throw new Error('no frames');

globalThis.onmessage = (m) => {
  if (m.data.canvas) stage = new Stage(m.data.canvas, (id) => globalThis.postMessage(id));
  stage?.take(m.data);
};

globalThis.postMessage('ready');
