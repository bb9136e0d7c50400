/** Copying to the clipboard, with a way out for pages that may not (plain HTTP, an old browser): the text is selected. */
export type Copied = "copied" | "selected";

export async function copy(text: string, shown: HTMLElement | null): Promise<Copied> {
  try {
    await navigator.clipboard.writeText(text);
    return "copied";
  } catch {
    // No clipboard here: the caller says that the person has to press Ctrl+C.
    if (shown instanceof HTMLInputElement) shown.select();
    else if (shown !== null) window.getSelection()?.selectAllChildren(shown);
    return "selected";
  }
}
