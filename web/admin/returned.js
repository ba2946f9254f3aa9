// The window that the provider sent back: it gives what it was given to the
// page that began, which alone can use it, and closes.
const main = /** @type {HTMLElement} */ (document.getElementById('signin'));
const lead = /** @type {HTMLElement} */ (document.getElementById('signin-lead'));
const { secret, challenge } = main.dataset;
delete main.dataset.secret;
history.replaceState(null, '', location.pathname);

const channel = new BroadcastChannel('mayfly-sign-in');
const choices = /** @type {HTMLButtonElement[]} */ ([...main.querySelectorAll('[data-tenant]')]);

let taken = false;
channel.onmessage = ({ data }) => {
  if (data?.taken !== challenge) return;
  taken = true;
  channel.close();
  lead.textContent = 'You are signed in, in the other window. You can close this one.';
  close();
};

/** @param {HTMLButtonElement} choice */
function hand(choice) {
  for (const c of choices) c.parentElement?.remove();
  channel.postMessage({ secret, challenge, tenant: choice.dataset.tenant });
  setTimeout(() => {
    if (!taken) lead.textContent = 'The administration page that began this is not open any more. Close this window and begin again there.';
  }, 3000);
}

if (choices.length === 1) hand(choices[0]);
else for (const c of choices) c.addEventListener('click', () => hand(c));
