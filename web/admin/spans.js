// Lengths of time as people read them.

/** How long something may be kept. */
export const RETENTION = /** @type {[string, string][]} */ ([['1h', 'one hour'], ['1d', 'one day'], ['7d', '7 days'], ['30d', '30 days'], ['90d', '90 days'], ['180d', '180 days'], ['365d', 'one year'], ['1095d', 'three years']]);

/** A span in the one spelling of the list: 720h is 30d. @param {string} span */
export function plainSpan(span) {
  const m = /^(\d+)h(?:0m0s)?$/.exec(span ?? '');
  return m && Number(m[1]) % 24 === 0 ? `${Number(m[1]) / 24}d` : span ?? '';
}

/** A duration that is offered, or as it stands. @param {string} value */
export function durations(value) {
  return RETENTION.some(([v]) => v === value) || !value ? RETENTION : [...RETENTION, /** @type {[string, string]} */ ([value, spell(value)])];
}

/** Those that are no longer than another. @param {string} most */
export function durationsUpTo(most) {
  return RETENTION.filter(([v]) => minutes(v) <= minutes(most || '0h'));
}

/** @param {string} span like 30d */
export function spell(span) {
  span = plainSpan(span);
  const known = RETENTION.find(([v]) => v === span);
  if (known) return known[1];
  const m = /^(\d+)([hd])$/.exec(span ?? '');
  return m ? `${m[1]} ${m[2] === 'h' ? 'hours' : 'days'}` : span;
}

/** @param {string} span */
function minutes(span) {
  const m = /^(\d+)([mhd])$/.exec(plainSpan(span));
  return m ? Number(m[1]) * { m: 1, h: 60, d: 1440 }[/** @type {'m'} */ (m[2])] : 0;
}
