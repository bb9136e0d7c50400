import type { ReactNode } from "react";
import type { Biome } from "../api/types";

/** A small drawn scene for each biome, in the biome's own colour (`currentColor`) and lighter layers of it. */
const SCENES: Record<Biome, ReactNode> = {
  ocean: (
    <>
      <circle cx="36" cy="13" r="5" opacity=".35" />
      <path d="M0 25q6-6 12 0t12 0 12 0 12 0v23H0z" opacity=".35" />
      <path d="M0 31q6-6 12 0t12 0 12 0 12 0v17H0z" opacity=".55" />
      <path d="M-6 38q6-6 12 0t12 0 12 0 12 0 12 0v12H-6z" />
    </>
  ),
  beach: (
    <>
      <circle cx="12" cy="13" r="5" opacity=".35" />
      <path d="M0 30h48v6H0z" opacity=".3" />
      <path d="M0 36q14-5 26-1t22-1v14H0z" opacity=".6" />
      <path d="M31 36c1-8 1-13-1-19l3-1c3 7 3 13 2 20z" />
      <path d="M31 17c-5-5-11-4-14 1 5-2 9-2 14-1zm0 0c0-7 6-10 12-7-5 1-9 3-12 7zm0 0c6-3 12 0 13 6-4-4-8-6-13-6zm0 0c-6 0-9 5-8 10 1-5 4-8 8-10z" />
    </>
  ),
  plains: (
    <>
      <circle cx="35" cy="14" r="5" opacity=".35" />
      <path d="M0 33q16-13 34-4 8 3 14 1v18H0z" opacity=".4" />
      <path d="M0 38q18-7 48 0v10H0z" opacity=".7" />
      <path d="M12 40c-3-6-5-9-8-11 6 1 8 5 9 9 0-7 2-12 5-15-1 6-2 11-2 17zM31 41c-2-5-3-7-6-9 5 1 7 4 8 7 0-6 2-9 5-12-2 5-3 9-3 14z" />
    </>
  ),
  forest: (
    <>
      <path d="M0 41q24-6 48 0v7H0z" opacity=".4" />
      <path
        d="m10 12 7 11h-3l5 8h-4l5 8H0l5-8H1l5-8H3zM38 12l7 11h-3l5 8h-4l5 8H28l5-8h-4l5-8h-3z"
        opacity=".5"
      />
      <path d="m24 5 8 13h-4l6 9h-5l6 10h-9v6h-4v-6h-9l6-10h-5l6-9h-4z" />
    </>
  ),
  desert: (
    <>
      <circle cx="36" cy="12" r="6" opacity=".4" />
      <path d="M0 36q14-12 28-4t20-2v18H0z" opacity=".4" />
      <path d="M0 42q22-8 48 0v6H0z" opacity=".7" />
      <path d="M15 14a3 3 0 0 1 6 0v10h3v-5a2 2 0 0 1 4 0v6a3 3 0 0 1-3 3h-4v13h-6V31h-3a3 3 0 0 1-3-3v-6a2 2 0 0 1 4 0v5h2z" />
    </>
  ),
  mountain: (
    <>
      <path d="m32 13 16 25v10H12z" opacity=".45" />
      <path d="m19 7 22 36v5H0V36z" opacity=".9" />
      <path d="m19 7 6 10-4 3-3-3-3 4-2-3z" fill="var(--surface)" />
    </>
  ),
  snow: (
    <>
      <path d="M0 42q12-6 24-2t24-1v9H0z" opacity=".4" />
      <g fill="none" stroke="currentColor" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round">
        <path d="M24 5v30M11 12.5l26 15M37 12.5l-26 15" />
        <path d="m20 8 4 4 4-4M20 32l4-4 4 4M11.6 18l5.400-1.500L15.500 11M36.400 22l-5.400 1.500L32.500 29M36.400 18l-5.400-1.500L32.500 11M11.600 22l5.400 1.500L15.500 29" />
      </g>
    </>
  ),
};

export function BiomeGlyph({ biome, className }: { biome: Biome; className?: string }): ReactNode {
  return (
    <svg viewBox="0 0 48 48" fill="currentColor" aria-hidden="true" className={className}>
      {SCENES[biome]}
    </svg>
  );
}
