import { useState, type ReactNode } from "react";
import type { Biome } from "../api/types";
import { give } from "../attention/giving";
import { announce } from "../page/announcements";
import { BIOME_NAMES, text } from "../strings";

/** Points that one press gives. */
const POINTS = 3;

export function AttentionButton({ biome }: { biome: Biome }): ReactNode {
  const [pressed, setPressed] = useState({ times: 0, taken: 0 });
  const name = BIOME_NAMES[biome];

  function press(): void {
    const taken = give(biome, POINTS);
    setPressed(({ times }) => ({ times: times + 1, taken }));
    announce(taken < POINTS ? text.attentionCapped : text.attentionGiven(name, taken));
  }

  return (
    <button
      type="button"
      className="button relative flex-auto border-biome/60 whitespace-nowrap"
      aria-label={text.giveAttentionLabel(name, POINTS)}
      onClick={press}
    >
      {text.giveAttention}
      {pressed.taken > 0 && (
        <span
          key={pressed.times}
          aria-hidden="true"
          className="rise absolute -top-1 right-3 text-sm font-semibold"
        >
          +{pressed.taken}
        </span>
      )}
    </button>
  );
}
