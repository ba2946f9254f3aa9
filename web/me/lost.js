// The page for an address at which there is nothing.
import { $, translate } from '../shared/dom.js';
import { choose, LANGUAGES } from '../shared/saying.js';
import { Mine } from './words.js';

const words = new Mine(choose(navigator.languages, Object.keys(LANGUAGES)));
translate(words);
document.title = `${words.say('lostTitle')} · Mayfly`;
// Nobody is led in a circle.
$('home').hidden = location.pathname === '/' && !location.search;
