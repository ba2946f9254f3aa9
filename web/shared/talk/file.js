// A file as a person chose it, made ready to be shown: a picture that is larger
// than anybody looks at is drawn smaller here, so that it is there sooner. What
// it says about itself is taken out by the gateway, whatever comes from here.

/** The longer side of a picture, in pixels. */
const LOOKED_AT = 2048;
/** Bytes of a picture that is sent as it is. */
const AS_IT_IS = 1.5 * 1024 * 1024;
/** The longer side of what the page shows of it, in pixels. */
const GLIMPSE = 160;
/** What the gateway takes as it is. */
const KNOWN_KINDS = ['image/png', 'image/jpeg', 'image/webp'];

/**
 * @typedef {{body: Blob, name: string, glimpse: HTMLCanvasElement|null}} Ready
 *   name: for the person's eyes; it is not sent. glimpse: null for a document.
 */

/**
 * @param {File} file
 * @returns {Promise<Ready>}
 */
export async function makeReady(file) {
  const plain = { body: file, name: file.name, glimpse: null };
  if (!file.type.startsWith('image/') || file.type === 'image/svg+xml') return plain;
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    return plain; // what is wrong with it is the gateway's to say
  }
  const glimpse = drawn(picture, GLIMPSE);
  const small = file.size <= AS_IT_IS && Math.max(picture.width, picture.height) <= LOOKED_AT;
  let body = /** @type {Blob} */ (file);
  if (!small || !KNOWN_KINDS.includes(file.type)) body = (await encoded(drawn(picture, LOOKED_AT), file.type === 'image/png' && small)) ?? file;
  picture.close();
  return { body, name: file.name, glimpse };
}

/**
 * @param {ImageBitmap} picture
 * @param {number} most pixels of its longer side
 */
function drawn(picture, most) {
  const by = Math.min(1, most / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * by));
  canvas.height = Math.max(1, Math.round(picture.height * by));
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {boolean} exact
 * @returns {Promise<Blob|null>}
 */
function encoded(canvas, exact) {
  return new Promise((resolve) => canvas.toBlob(resolve, exact ? 'image/png' : 'image/jpeg', 0.9));
}
