// Listening to what was said: asked for one sound at a time, since each listening is noted.
import { button, h, refused } from './parts.js';

/**
 * The sounds of a conversation, by turn and side.
 * @param {import('./main.js').View} view
 * @param {string} id of the session
 * @returns {Promise<Map<string, any>>} none where none are kept
 */
export async function soundsOf(view, id) {
  const { sounds = [] } = await view.api.get(`transcripts/${encodeURIComponent(id)}/sound`).catch(() => ({}));
  return new Map(sounds.map((/** @type {any} */ s) => [`${s.turn} ${s.side}`, s]));
}

/**
 * @param {import('./main.js').View} view
 * @param {string} id of the session
 * @param {string} purpose for which it is listened to
 * @param {any} sound
 */
export function soundPlayer(view, id, purpose, sound) {
  const who = sound.side === 'person' ? 'the person' : 'the avatar';
  const box = h('div', { class: 'sound' });
  const listen = button(`Listen (${length(sound.ms)})`, async () => {
    listen.disabled = true;
    try {
      const answer = await view.api.send('GET', `transcripts/${encodeURIComponent(id)}/sound/${sound.turn}/${sound.side}?purpose=${purpose}`, { accept: 'audio/ogg' });
      const url = URL.createObjectURL(await answer.blob());
      const player = h('audio', { controls: true, preload: 'auto', 'aria-label': `The voice of ${who}` });
      player.src = url;
      view.signal.addEventListener('abort', () => { player.pause(); URL.revokeObjectURL(url); }, { once: true });
      box.replaceChildren(player);
      player.focus();
      player.play().catch(() => {}); // the browser may want a press of its own
    } catch (why) {
      listen.disabled = false;
      box.replaceChildren(listen, h('p', { class: 'wrong', role: 'alert', text: refused(why) }));
    }
  }, { class: 'small', icon: 'speech', label: `Listen to ${who}, ${length(sound.ms)}` });
  box.append(listen);
  return box;
}

/** @param {number} ms */
function length(ms) {
  const s = Math.max(1, Math.round(ms / 1000));
  return s < 60 ? `${s} s` : `${Math.floor(s / 60)} min ${s % 60} s`;
}
