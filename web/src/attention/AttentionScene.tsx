/** A biome's scene to explore: looking around in it is attention, and things hide in it. */
import { useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { useIsStranger, useSignedIn } from "../account/me";
import type { Biome } from "../api/types";
import { selectSplits } from "../market/shares";
import { useMarket } from "../market/store";
import { BiomeScene, STAGE } from "../page/BiomeScene";
import { BIOME_NAMES, floorText } from "../strings";
import { openTicket } from "../trade/ticket";
import { FINDING_ART } from "./FindingArt";
import { FINDINGS, distanceOf, foundAt, spotIn, stepped, type Finding, type Spot } from "./findings";
import { give, useCapOfTheMarket, useGathered } from "./giving";

/** Units of the stage that a pointer goes for one point. */
const UNITS_A_POINT = 10;
const TAP_POINTS = 2;
const STEP_POINTS = 1;
/** Sparks that are on the screen at most: each goes by itself in under a second. */
const MOST_SPARKS = 12;
const MIDDLE: Spot = { x: STAGE.width / 2, y: STAGE.height * 0.65 };

interface Spark extends Spot {
  id: number;
}

export function AttentionScene({ biome }: { biome: Biome }): ReactNode {
  const signedIn = useSignedIn();
  const exploring = useExploring(biome, signedIn);
  const { at, found, latest, sparks, keyboard } = exploring;
  const all = FINDINGS[biome];
  useCapOfTheMarket(signedIn);
  return (
    <section
      aria-label={floorText.sceneLabel(BIOME_NAMES[biome])}
      data-biome={biome}
      className="card overflow-hidden"
    >
      <div className="relative">
        <BiomeScene biome={biome} life={useBusyness(biome)} className="h-44 sm:h-64 xl:h-72">
          {all.map((finding) => (
            <Hidden key={finding.id} finding={finding} found={found.has(finding.id)} />
          ))}
          {sparks.map(({ id, x, y }) => (
            <span
              key={id}
              aria-hidden="true"
              className="spark"
              style={placed({ x, y })}
              onAnimationEnd={() => exploring.fade(id)}
            />
          ))}
          {keyboard && <span aria-hidden="true" className="scene-cursor" style={placed(at)} />}
        </BiomeScene>
        <button
          type="button"
          aria-label={(signedIn ? floorText.explore : floorText.exploreVisitor)(BIOME_NAMES[biome])}
          className="absolute inset-0 touch-pan-y -outline-offset-4"
          onPointerMove={exploring.move}
          onPointerDown={exploring.tap}
          onKeyDown={exploring.key}
          onBlur={exploring.leave}
        />
      </div>
      <footer className="flex min-h-14 flex-wrap items-center justify-between gap-x-6 gap-y-2 px-4 py-2.5 text-sm">
        <p role="status" className="flex min-h-10 grow basis-80 items-center font-medium">
          {sentenceOf(biome, latest, found.size === all.length)}
        </p>
        <div className="flex flex-wrap items-center gap-x-6 gap-y-2">
          <p className="text-muted tabular-nums">{floorText.foundCount(found.size, all.length)}</p>
          {signedIn ? <Meter /> : <Invitation />}
        </div>
      </footer>
    </section>
  );
}

function sentenceOf(biome: Biome, latest: Finding | null, complete: boolean): string {
  const word = latest === null ? undefined : floorText.found[biome][latest.id];
  if (word === undefined) return floorText.exploreHint;
  return `${floorText.foundSentence(word)}${complete ? ` ${floorText.foundAll(BIOME_NAMES[biome])}` : ""}`;
}

interface Exploring {
  at: Spot;
  /** Whether the place is led by the keyboard, and so must be marked. */
  keyboard: boolean;
  found: ReadonlySet<string>;
  latest: Finding | null;
  sparks: readonly Spark[];
  move: (event: PointerEvent<HTMLElement>) => void;
  tap: (event: PointerEvent<HTMLElement>) => void;
  key: (event: KeyboardEvent) => void;
  leave: () => void;
  fade: (id: number) => void;
}

function useExploring(biome: Biome, signedIn: boolean): Exploring {
  const [at, setAt] = useState(MIDDLE);
  const [keyboard, setKeyboard] = useState(false);
  const [found, setFound] = useState<ReadonlySet<string>>(new Set());
  const [latest, setLatest] = useState<Finding | null>(null);
  const [sparks, setSparks] = useState<readonly Spark[]>([]);
  const from = useRef<Spot | null>(null);
  const sparked = useRef(0);

  function look(spot: Spot, points: number): void {
    const finding = foundAt(spot, FINDINGS[biome]);
    if (finding !== null) {
      setLatest(finding);
      setFound((before) => (before.has(finding.id) ? before : new Set([...before, finding.id])));
    }
    // A visitor sees what it would be like.
    if (points === 0 || (signedIn && give(biome, points) === 0)) return;
    sparked.current += 1;
    const spark = { ...spot, id: sparked.current };
    setSparks((before) => [...before, spark].slice(-MOST_SPARKS));
  }

  return {
    at,
    keyboard,
    found,
    latest,
    sparks,
    move(event) {
      const spot = spotOf(event);
      const gone = from.current === null ? 0 : distanceOf(from.current, spot);
      if (from.current !== null && gone < UNITS_A_POINT) return;
      from.current = spot;
      look(spot, gone === 0 ? 0 : 1);
    },
    tap(event) {
      const spot = spotOf(event);
      from.current = spot;
      setKeyboard(false);
      look(spot, TAP_POINTS);
    },
    key(event) {
      const pressed = event.key === "Enter" || event.key === " ";
      const next = pressed ? at : stepped(at, event.key);
      if (next === null) return;
      // An arrow key would scroll the page away under the scene.
      event.preventDefault();
      setKeyboard(true);
      setAt(next);
      look(next, pressed ? TAP_POINTS : STEP_POINTS);
    },
    leave: () => setKeyboard(false),
    fade: (id) => setSparks((before) => before.filter((spark) => spark.id !== id)),
  };
}

/** The stage may be wider than the box that shows it: the place is counted on the stage. */
function spotOf(event: PointerEvent<HTMLElement>): Spot {
  const stage = event.currentTarget.parentElement?.querySelector(".scene-stage");
  return spotIn((stage ?? event.currentTarget).getBoundingClientRect(), event);
}

function placed({ x, y }: Spot): { left: string; top: string } {
  return { left: `${(x / STAGE.width) * 100}%`, top: `${(y / STAGE.height) * 100}%` };
}

function Hidden({ finding, found }: { finding: Finding; found: boolean }): ReactNode {
  return (
    <svg
      viewBox="0 0 32 32"
      aria-hidden="true"
      className={`finding ${found ? "finding-found" : ""}`}
      style={placed(finding)}
    >
      {FINDING_ART[finding.art]}
    </svg>
  );
}

/** How much of this half second's attention is given. */
function Meter(): ReactNode {
  const { taken, cap } = useGathered();
  const full = taken >= cap;
  return (
    <div className="flex items-center gap-2 text-muted">
      <span aria-hidden="true">{floorText.meterLabel}</span>
      <div
        role="meter"
        aria-label={floorText.meter(taken, cap)}
        aria-valuemin={0}
        aria-valuemax={cap}
        aria-valuenow={Math.min(taken, cap)}
        title={full ? floorText.meterFull : floorText.meter(taken, cap)}
        className="flex h-4 items-end gap-0.5"
      >
        {Array.from({ length: Math.min(cap, 20) }, (_, index) => (
          <span
            // oxlint-disable-next-line react/no-array-index-key
            key={index}
            className={`w-1.5 rounded-sm ${
              index < (taken / cap) * Math.min(cap, 20) ? "h-4 bg-biome" : "h-2 bg-line"
            }`}
          />
        ))}
      </div>
    </div>
  );
}

function Invitation(): ReactNode {
  const stranger = useIsStranger();
  if (!stranger) return null;
  return (
    <p className="flex flex-wrap items-center gap-x-3 text-muted">
      {floorText.visitorHint}
      <button type="button" className="link" onClick={() => openTicket({})}>
        {floorText.visitorAction}
      </button>
    </p>
  );
}

/** How much goes on in the scene follows the attention that the biome gets. */
function useBusyness(biome: Biome): number {
  return useMarket((state) => Math.min(1, (selectSplits(state)[biome]?.attention ?? 0) / 300));
}
