// The agent's seat: by it, and by the credential, the gateway knows the same page after its line broke. It says nothing
// of anybody, opens nothing by itself, and goes with the tab: the browser keeps it with this entry of the tab's history,
// so that a page that is opened anew has it still.
export const seat = {
  /** Empty: none. */
  get held() {
    return String(history.state?.seat ?? '');
  },
  set held(value) {
    history.replaceState(value ? { seat: value } : null, '');
  },
};
