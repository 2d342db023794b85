/**
 * What is gzipped and written in base64, unpacked; it rejects where this is no whole gzip, or a browser is too old.
 *
 * @param {string} packed
 * @returns {Response}
 */
export function inflated(packed) {
  const letters = atob(packed);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = letters.charCodeAt(i);
  }
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
}
