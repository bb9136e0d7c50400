/** Bytes of a message that was not understood: as text when they are text, else as numbers. */
export type Shown = { as: "text"; text: string } | { as: "bytes"; text: string };

const A_LINE = 16;
/** More than this does not help anyone who looks. */
const SHOWN_BYTES = 4_096;

export function showBytes(base64: string): Shown {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!hasControls(text)) return { as: "text", text };
  } catch {
    // Not UTF-8, or cut within a character.
  }
  return { as: "bytes", text: hexDump(bytes.subarray(0, SHOWN_BYTES)) };
}

/** Control characters other than tab and line ends: such text is not for reading. */
function hasControls(text: string): boolean {
  return [...text].some((letter) => letter < " " && !"\t\n\r".includes(letter));
}

function hexDump(bytes: Uint8Array): string {
  const lines = Array.from({ length: Math.ceil(bytes.length / A_LINE) }, (_, line) => {
    const part = [...bytes.subarray(line * A_LINE, (line + 1) * A_LINE)];
    const hex = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const letters = part.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : "·")).join("");
    return `${(line * A_LINE).toString(16).padStart(4, "0")}  ${hex.padEnd(A_LINE * 3)} ${letters}`;
  });
  return lines.join("\n");
}
