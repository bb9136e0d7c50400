/** Pixels of the page's letters on a usual screen. */
const USUAL = 16;

/** For what is drawn in pixels beside text: as many as so many are on a usual screen. On a wall screen the letters are larger. */
export function grown(pixels: number): number {
  const letters = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return Math.round((pixels * letters) / USUAL);
}
