import { useState, type ReactNode } from "react";
import { post } from "../api/client";
import type { Biome } from "../api/types";
import { BIOME_NAMES, text } from "../strings";
import { announce } from "../page/announcements";

/** Points that one press gives. */
const POINTS = 3;
/** Points a player and window that count by default; the operator may have set another cap, so it only chooses the words. */
const USUAL_CAP = 10;
/** Milliseconds: the market's window. */
const WINDOW_MS = 500;

/** Presses on any of the seven buttons: the cap is one a player. */
let presses: number[] = [];

function overTheCap(now: number): boolean {
  presses = [...presses.filter((at) => now - at < WINDOW_MS), now];
  return presses.length * POINTS > USUAL_CAP;
}

export function AttentionButton({ biome }: { biome: Biome }): ReactNode {
  const [given, setGiven] = useState(0);
  const name = BIOME_NAMES[biome];

  async function give(): Promise<void> {
    const capped = overTheCap(performance.now());
    setGiven((count) => count + 1);
    const answer = await post("/api/v1/biome-market/track-attention", { biome, points: POINTS });
    if (!answer.ok) announce(text.attentionFailed);
    else announce(capped ? text.attentionCapped : text.attentionGiven(name, POINTS));
  }

  return (
    <button
      type="button"
      className="button relative flex-1 border-biome/60"
      aria-label={text.giveAttentionLabel(name, POINTS)}
      onClick={() => void give()}
    >
      {text.giveAttention}
      {given > 0 && (
        <span key={given} aria-hidden="true" className="rise absolute -top-1 right-3 text-sm font-semibold">
          +{POINTS}
        </span>
      )}
    </button>
  );
}
