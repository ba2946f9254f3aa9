// Signing in by the organisation's provider, in a window of its own. What it
// ends with is worth something only together with the verifier, which is here
// and nowhere else: no cookie, no storage.
import { Api } from './api.js';
import { button } from './parts.js';

/** On it the window says what it came back with. Only pages of this origin hear it. */
const CHANNEL = 'mayfly-sign-in';

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** A secret, and its hash, by which the gateway knows it again. */
async function newVerifier() {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return { verifier, challenge: base64url(new Uint8Array(hash)) };
}

/**
 * Puts a button into place if there is a provider.
 * @param {Api} api
 * @param {HTMLElement} place
 * @param {(link: string) => void} signIn with a one-time link
 * @param {(why: string) => void} say what is wrong; empty: nothing is
 */
export async function offerProvider(api, place, signIn, say) {
  const { providers = [] } = await api.get('oidc').catch(() => ({}));
  const [provider] = providers;
  if (!provider) return;
  // Made beforehand: between a press and its window nothing may wait.
  let own = await newVerifier();
  /** @type {BroadcastChannel|null} */
  let channel = null;
  const open = () => {
    say('');
    if (location.origin !== provider.origin) {
      say(`This works at ${provider.origin}/admin only.`);
      return;
    }
    channel?.close();
    channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = ({ data }) => data?.challenge === own.challenge && typeof data.secret === 'string' && redeem(data);
    if (!window.open(`/v1/admin/oidc/start?challenge=${own.challenge}`, '_blank', 'popup,width=560,height=760')) {
      say('The browser has blocked the window. Allow windows for this page, and try again.');
    }
  };
  /** @param {{secret: string, tenant: string}} came */
  const redeem = async ({ secret, tenant }) => {
    const { verifier, challenge } = own;
    own = await newVerifier();
    channel?.postMessage({ taken: challenge });
    channel?.close();
    channel = null;
    try {
      const { link } = await api.call('POST', 'oidc/redeem', { secret, verifier, tenant });
      signIn(link);
    } catch (why) {
      say(/** @type {any} */ (why).status === 401 ? 'This sign-in is over. Begin again.' : String(/** @type {any} */ (why).message));
    }
  };
  place.replaceChildren(button(`Sign in with ${provider.name}`, open));
  place.hidden = false;
}
