/** The page's colours for a canvas, which cannot read CSS variables by itself. */
export interface Colours {
  ground: string;
  line: string;
  muted: string;
  up: string;
  down: string;
  biome: string;
}

/** The colours that hold at an element: its biome's and those of the present scheme. */
export function coloursOf(element: HTMLElement): Colours {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  return {
    ground: colour("--surface"),
    line: colour("--line"),
    muted: colour("--muted"),
    up: colour("--up"),
    down: colour("--down"),
    biome: colour("--biome"),
  };
}

const HEX = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i;

/** A colour of which something behind it can be seen. What is not `#rrggbb` stays as it is. */
export function transparent(colour: string, opacity: number): string {
  const match = HEX.exec(colour);
  if (match === null) return colour;
  const [red, green, blue] = match.slice(1).map((part) => Number.parseInt(part, 16));
  return `rgba(${red}, ${green}, ${blue}, ${opacity})`;
}
