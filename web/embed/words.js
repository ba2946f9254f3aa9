// Every language, in the one file that the element is.
import { WORDS } from '../shared/words.js';
import { de } from '../shared/words/de.js';
import { fr } from '../shared/words/fr.js';
import { es } from '../shared/words/es.js';
import { he } from '../shared/words/he.js';

export const EVERY = Object.assign(WORDS, { de, fr, es, he });
