// Hands things to the person: a file, a link. Nothing goes over a network.

/**
 * @param {string} name
 * @param {string|Blob} body
 * @param {string} type
 */
export function saveFile(name, body, type) {
  const url = URL.createObjectURL(new Blob([body], { type }));
  const a = document.createElement('a');
  a.href = url;
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/**
 * @param {string} text
 * @returns {Promise<boolean>} whether the browser took it
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
