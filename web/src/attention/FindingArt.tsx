import type { ReactNode } from "react";

/** Small drawings of what hides in the scenes, on a ground of 32 by 32, standing at its foot. */
export const FINDING_ART: Record<string, ReactNode> = {
  whale: (
    <>
      <path d="M2 22q0-8 10-9 9 0 13 5 2-1 1-5 5 1 5 5-1 4-5 5-4 5-12 5-11 0-12-6z" className="sc-deep" />
      <path d="M2 23q4 6 12 5-8-2-12-5z" className="sc-light" />
      <circle cx="8" cy="20" r="1" className="sc-light" />
      <path d="M11 11q-1-5-5-5 1 3 5 5zm1 0q1-5 5-5-1 3-5 5z" className="sc-light" />
    </>
  ),
  bottle: (
    <g transform="rotate(24 16 22)">
      <path d="M12 14v-6h7v6q4 2 4 6v8q0 2-2 2H10q-2 0-2-2v-8q0-4 4-6z" className="sc-leaf" opacity=".85" />
      <path d="M12 18h7v8h-7z" className="sc-light" />
      <path d="M12.500 5h6v4h-6z" className="sc-rose" />
    </g>
  ),
  bird: (
    <>
      <path d="M2 14q8-6 14 4 6-10 14-4-8 0-11 8l-3 4-3-4Q10 14 2 14z" className="sc-light" />
      <path d="M2 14q8-6 14 4 6-10 14-4-8 1-12 9h-4Q10 15 2 14z" className="sc-deep" opacity=".8" />
    </>
  ),
  crab: (
    <>
      <path d="M6 22q0-8 10-8t10 8q0 6-10 6T6 22z" className="sc-rose" />
      <path
        d="M7 17q-5-2-4-8 4 1 4 5zm18 0q5-2 4-8-4 1-4 5zM7 26l-4 4zm18 0 4 4z"
        className="sc-rose"
        strokeWidth="2"
        stroke="var(--rose)"
      />
      <circle cx="12" cy="13" r="2" className="sc-light" />
      <circle cx="20" cy="13" r="2" className="sc-light" />
      <circle cx="12" cy="13" r="1" fill="#10201a" />
      <circle cx="20" cy="13" r="1" fill="#10201a" />
    </>
  ),
  starfish: <path d="m16 5 4 8 9 1-6 7 1 9-8-4-8 4 1-9-6-7 9-1z" className="sc-rose" />,
  sail: (
    <>
      <path d="M6 25h20l-4 5H10z" className="sc-deep" />
      <path d="M16 4v20h9Q24 12 16 4z" className="sc-light" />
      <path d="M15 8v16H8q1-10 7-16z" className="sc-rose" />
    </>
  ),
  hare: (
    <>
      <path d="M9 30q-3-9 5-12-4-12 0-15 3 5 3 14 2-8 5-9 1 6-3 11 4 2 3 6 6 1 4 5z" className="sc-hare" />
      <circle cx="18" cy="20" r="1" fill="#10201a" />
      <circle cx="8" cy="27" r="2.500" className="sc-light" />
    </>
  ),
  poppy: (
    <>
      <path d="M15 30q0-8 1-14h1q-1 8 0 14z" className="sc-leaf" />
      <path d="M16 18q-9 0-9-7 4-5 9-2 5-3 9 2 0 7-9 7z" className="sc-rose" />
      <circle cx="16" cy="12" r="2.500" fill="#2a1512" />
    </>
  ),
  owl: (
    <>
      <path d="M8 8l4 3q4-2 8 0l4-3q2 6 1 12 0 9-9 10-9-1-9-10-1-6 1-12z" fill="#8a6a45" />
      <circle cx="12" cy="15" r="4" className="sc-light" />
      <circle cx="20" cy="15" r="4" className="sc-light" />
      <circle cx="12" cy="15" r="2" fill="#10201a" />
      <circle cx="20" cy="15" r="2" fill="#10201a" />
      <path d="m16 17 2 3h-4z" fill="#e8a33a" />
    </>
  ),
  fox: (
    <>
      <path d="M4 30q-4-10 6-8 0-6 6-8l-1-8 5 5h4l5-5-1 9-6 5q1 6-1 10z" fill="#d2691e" />
      <path d="M4 30q-3-6 0-8 4 2 4 8z" className="sc-light" />
      <path d="m22 20 3-3 3 1-4 5z" className="sc-light" />
      <circle cx="22" cy="14" r="1" fill="#10201a" />
      <circle cx="26" cy="14" r="1" fill="#10201a" />
    </>
  ),
  mushroom: (
    <>
      <path d="M12 18h8l1 12H11z" fill="#f3e7d3" />
      <path d="M4 19Q4 6 16 6t12 13q-12 4-24 0z" className="sc-rose" />
      <circle cx="11" cy="13" r="2" fill="#fff" />
      <circle cx="19" cy="10" r="1.700" fill="#fff" />
      <circle cx="22" cy="16" r="1.700" fill="#fff" />
    </>
  ),
  camel: (
    <path
      d="M5 30V20q0-5 4-6 2-6 5 0 3-6 6 0 2 1 3 3l2-9q1-3 5-2l1 3-3 1-2 10q-1 3-3 4v6h-2v-6H9l-2 6z"
      fill="#b9854b"
      stroke="#5a3b1c"
      strokeWidth=".8"
    />
  ),
  lizard: (
    <path
      d="M2 26q8 4 12-2l-2-4 2-1 2 3 5-4-1-5 2 0 1 4q5-3 8 0-1 4-6 4l2 4-2 1-3-4q-5 7-10 6t-10-2z"
      className="sc-leaf"
      stroke="#10201a"
      strokeWidth=".6"
    />
  ),
  bloom: (
    <>
      <path
        d="M16 16q-6-2-5-9 5 1 5 9zm0 0q6-2 5-9-5 1-5 9zm0 0q-8 2-11-3 5-4 11 3zm0 0q8 2 11-3-5-4-11 3zm0 0q-5 5-2 10 5-3 2-10zm0 0q5 5 2 10-5-3-2-10z"
        fill="#f06aa0"
      />
      <circle cx="16" cy="16" r="3" fill="#ffd75e" />
    </>
  ),
  goat: (
    <>
      <path
        d="M4 30V20q0-4 5-4h9l3-5q-4-4-3-8 3 2 4 6 2-4 6-4-1 4-4 6l4 4-2 2h-4v13h-2v-8H8v8z"
        className="sc-light"
        stroke="#3a3350"
        strokeWidth=".8"
      />
      <path d="M26 18l-1 4-1-4z" fill="#8f86a8" />
    </>
  ),
  hut: (
    <>
      <path d="M6 18h20v12H6z" fill="#7a5233" />
      <path d="m3 19 13-11 13 11-2 2L16 11 5 21z" className="sc-light" />
      <path d="M18 21h5v5h-5z" fill="#ffd75e" />
      <path d="M9 21h5v9H9z" fill="#3d2817" />
    </>
  ),
  snowman: (
    <>
      <circle cx="16" cy="24" r="7" fill="#fff" stroke="#8fb3c4" />
      <circle cx="16" cy="13" r="5" fill="#fff" stroke="#8fb3c4" />
      <path d="M11 8h10v1.500H11zM13 2h6v6h-6z" fill="#24323a" />
      <path d="m16 13 6 1-6 1z" fill="#f08a3c" />
      <circle cx="14" cy="12" r=".8" fill="#24323a" />
      <circle cx="18" cy="12" r=".8" fill="#24323a" />
    </>
  ),
  star: (
    <path
      d="m16 4 2.500 9.500L28 16l-9.500 2.500L16 28l-2.500-9.500L4 16l9.500-2.500z"
      fill="#ffe27a"
      stroke="#b98a1b"
    />
  ),
};
