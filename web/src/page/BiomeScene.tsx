/**
 * A wide drawn landscape for each biome. It is a stage of 400 by 140 that covers whatever box it is given; what moves has a
 * layer of its own and moves by `transform` and `opacity` alone, so that the browser can do it beside the page's work.
 */
import { memo, type CSSProperties, type ReactNode } from "react";
import type { Biome } from "../api/types";

export const STAGE = { width: 400, height: 140 };

interface Layer {
  art: ReactNode;
  /** How it moves: a class of index.css. Without one it stands still. */
  motion?: string;
  /** Twice as wide, and the same twice over: it slides for ever. */
  wide?: boolean;
  /** Twice as tall, and the same twice over: it falls for ever. */
  tall?: boolean;
}

interface Props {
  biome: Biome;
  /** From 0 to 1: how much goes on in the scene. */
  life?: number;
  className?: string;
  /** Stands on the stage, above the scene. */
  children?: ReactNode;
}

export function BiomeScene({ biome, life = 0.3, className = "", children }: Props): ReactNode {
  return (
    <div
      data-biome={biome}
      className={`scene ${className}`}
      style={{ "--life": life.toFixed(2) } as CSSProperties}
    >
      <div className="scene-stage">
        {LAYERS[biome].map((layer, index) => (
          // The layers of a scene never change their order.
          // oxlint-disable-next-line react/no-array-index-key
          <Drawn key={index} layer={layer} />
        ))}
        {children}
      </div>
    </div>
  );
}

/** Drawn once: what is on the stage above it changes more often. */
const Drawn = memo(function Drawn({
  layer: { art, motion = "", wide = false, tall = false },
}: {
  layer: Layer;
}): ReactNode {
  const { width, height } = STAGE;
  const shape = wide ? "scene-wide" : tall ? "scene-tall" : "";
  return (
    <svg
      viewBox={`0 0 ${wide ? 2 * width : width} ${tall ? 2 * height : height}`}
      aria-hidden="true"
      className={`scene-layer ${shape} ${motion}`}
    >
      {art}
      {wide && <g transform={`translate(${width} 0)`}>{art}</g>}
      {tall && <g transform={`translate(0 ${height})`}>{art}</g>}
    </svg>
  );
});

/** A row of waves down to the ground; the period divides the stage, so that it can slide for ever. */
function waves(y: number, height: number, period: number): string {
  const half = period / 2;
  const bows = `t${half} 0`.repeat(STAGE.width / half - 1);
  return `M0 ${y}q${half / 2} ${-height} ${half} 0${bows}V140H0z`;
}

/** Spread over the stage without any two falling together. */
function scattered(count: number, draw: (x: number, y: number, index: number) => ReactNode): ReactNode {
  return Array.from({ length: count }, (_, index) =>
    draw((index * 149 + 37) % STAGE.width, (index * 61 + 11) % STAGE.height, index),
  );
}

function firs(feet: readonly (readonly [x: number, y: number, height: number])[]): string {
  return feet
    .map(([x, y, height]) => {
      const w = height * 0.34;
      const step = height / 3.4;
      return `M${x} ${y - height}l${w * 0.55} ${step}h${-w * 0.2}l${w * 0.45} ${step}h${-w * 0.2}l${w * 0.4} ${step}h${-w * 2}l${w * 0.4} ${-step}h${-w * 0.2}l${w * 0.45} ${-step}h${-w * 0.2}zM${x - 2} ${y - step}h4v${step * 1.2}h-4z`;
    })
    .join("");
}

const STARS: Layer = {
  motion: "scene-stars",
  art: scattered(26, (x, y, index) => (
    <circle key={index} cx={x} cy={y * 0.6} r={index % 3 === 0 ? 1 : 0.6} className="sc-light" />
  )),
};

/** The sun by day, the moon by night, with a glow that grows with the attention. */
function sun(x: number, y: number, r: number): readonly Layer[] {
  return [
    STARS,
    {
      motion: "scene-glow",
      art: (
        <>
          <circle cx={x} cy={y} r={r * 2.6} className="sc-glow" opacity=".14" />
          <circle cx={x} cy={y} r={r * 1.7} className="sc-glow" opacity=".22" />
        </>
      ),
    },
    { art: <circle cx={x} cy={y} r={r} className="sc-glow" /> },
  ];
}

function clouds(at: readonly (readonly [x: number, y: number, size: number])[], motion: string): Layer {
  return {
    motion,
    wide: true,
    art: (
      <g className="sc-cloud">
        {at.map(([x, y, size]) => (
          <path
            key={x}
            transform={`translate(${x} ${y}) scale(${size})`}
            d="M-22 6a7 7 0 0 1 4-13 10 10 0 0 1 18-5A9 9 0 0 1 17-6a6 6 0 0 1 4 12z"
          />
        ))}
      </g>
    ),
  };
}

const BIRD = "m-7-2q4-2 7 2 3-4 7-2-4 0-7 4-3-4-7-4z";

const LAYERS: Record<Biome, readonly Layer[]> = {
  ocean: [
    ...sun(318, 36, 15),
    clouds(
      [
        [60, 30, 1],
        [240, 22, 0.7],
      ],
      "scene-drift-slow",
    ),
    {
      art: (
        <>
          <path d="M0 72h400v68H0z" className="sc-far" />
          <path d="M268 72h100l-30 4h20l-34 4h-24l10-4h-30z" className="sc-glow" opacity=".5" />
          <path d="M20 72q22-20 46-15t34 15z" className="sc-mid" opacity=".8" />
        </>
      ),
    },
    { art: <path d={waves(86, 9, 100)} className="sc-mid" /> },
    {
      motion: "scene-bob",
      art: (
        <>
          <path d="M186 88h46l-8 12h-30z" className="sc-deep" />
          <path d="M207 40v46h-2V40z" className="sc-deep" />
          <path d="M209 42q22 18 20 42h-20z" className="sc-light" />
          <path d="M203 48q-16 16-18 36h18z" className="sc-kin" />
        </>
      ),
    },
    { motion: "scene-drift-back", wide: true, art: <path d={waves(104, 11, 80)} className="sc-near" /> },
    { motion: "scene-drift-fast", wide: true, art: <path d={waves(124, 9, 100)} className="sc-deep" /> },
    {
      motion: "scene-life",
      art: (
        <g className="sc-light">
          {[40, 96, 150, 262, 318, 372].map((x, index) => (
            <path key={x} d={`M${x} ${index % 2 === 0 ? 96 : 114}h${10 + index}v1.500h${-10 - index}z`} />
          ))}
        </g>
      ),
    },
  ],
  beach: [
    ...sun(92, 34, 14),
    clouds(
      [
        [200, 26, 0.9],
        [350, 40, 0.6],
      ],
      "scene-drift-slow",
    ),
    {
      art: (
        <>
          <path d="M0 66h400v40H0z" className="sc-kin" opacity=".65" />
          <path d="M300 66q20-10 44-8 34 0 56 8z" className="sc-far" />
        </>
      ),
    },
    {
      art: <path d={waves(78, 5, 50)} className="sc-kin" opacity=".7" />,
    },
    {
      motion: "scene-drift-back",
      wide: true,
      art: <path d={waves(90, 6, 80)} className="sc-kin" />,
    },
    {
      motion: "scene-lap",
      art: <path d="M-20 102q60-10 120-2t120-4 110 0 90 2v42H-20z" className="sc-light" opacity=".75" />,
    },
    {
      art: (
        <>
          <path d="M-10 108q60-10 120-2t120-4 110 0 70 2v40H-10z" className="sc-far" />
          <path d="M-10 124q90-14 190-2t230-6v30H-10z" className="sc-mid" />
          <path d="M318 128q12-46-2-82l7-2q18 40 6 85z" className="sc-deep" />
          <path d="M170 124 188 76l3 1-17 48z" className="sc-deep" />
          <path d="M158 82q12-22 38-16 16 6 17 22-8-7-14-1-8-8-15-3-7-7-13-1-5-5-13-1z" className="sc-rose" />
          <path d="M183 66q6-2 13 0l-12 18q-5-4-9 0z" className="sc-light" />
        </>
      ),
    },
    {
      motion: "scene-fronds",
      art: (
        <path
          d="M319 46q-24-22-50-4 26-6 50 4zm0 0q-34-6-44 22 18-20 44-22zm0 0q-14-30-42-26 28 6 42 26zm0 0q4-30 34-32-20 12-34 32zm0 0q28-18 48 6-24-10-48-6zm0 0q30 2 34 32-12-24-34-32zm0 0q-14 12-8 34 0-20 8-34z"
          className="sc-leaf"
        />
      ),
    },
    {
      motion: "scene-life scene-glide",
      art: <path d={BIRD} transform="translate(240 36) scale(1.3)" className="sc-deep" />,
    },
  ],
  plains: [
    ...sun(306, 36, 15),
    clouds(
      [
        [80, 26, 1],
        [220, 36, 0.7],
        [370, 20, 0.6],
      ],
      "scene-drift-slow",
    ),
    {
      art: (
        <>
          <path d="M0 86q60-24 130-8t130-6 140 8v60H0z" className="sc-far" />
          <path d="M0 100q90-22 190-6t210-6v52H0z" className="sc-mid" />
          <path d="M118 94l5-42h8l5 42z" className="sc-light" />
          <path d="m121 53 6-8 6 8z" className="sc-rose" />
        </>
      ),
    },
    {
      motion: "scene-mill",
      art: (
        <g transform="translate(127 54)" className="sc-deep">
          {[0, 90, 180, 270].map((turn) => (
            <path key={turn} transform={`rotate(${turn})`} d="M-.7 0-1-28h7v19H.7z" opacity=".85" />
          ))}
        </g>
      ),
    },
    {
      art: (
        <path
          d={Array.from(
            { length: 30 },
            (_, index) =>
              `M${index * 14 - 6} 130q2-14 ${index % 2 === 0 ? 7 : -3} ${-22 - ((index * 7) % 9)} 1 14 3 24z`,
          ).join("")}
          className="sc-kin"
        />
      ),
    },
    { art: <path d="M-10 122q100-16 200-4t220-6v30H-10z" className="sc-near" /> },
    {
      motion: "scene-sway",
      art: (
        <path
          d={Array.from(
            { length: 34 },
            (_, index) =>
              `M${index * 12 - 4} 144q1-16 ${index % 2 === 0 ? -6 : 6} ${-20 - ((index * 11) % 12)} 3 16 5 26z`,
          ).join("")}
          className="sc-deep"
        />
      ),
    },
    {
      motion: "scene-life scene-glide",
      art: (
        <g className="sc-deep">
          <path d={BIRD} transform="translate(210 44)" />
          <path d={BIRD} transform="translate(228 54) scale(.8)" />
          <path d={BIRD} transform="translate(194 56) scale(.7)" />
        </g>
      ),
    },
  ],
  forest: [
    ...sun(70, 32, 13),
    {
      motion: "scene-glow",
      art: <path d="m70 32 100 108H90zM70 32l210 108h-70z" className="sc-glow" opacity=".16" />,
    },
    {
      art: (
        <>
          <path d="M0 88q100-14 200-4t200-2v58H0z" className="sc-far" />
          <path
            d={firs([
              [14, 92, 46],
              [44, 90, 36],
              [118, 90, 42],
              [150, 88, 52],
              [186, 88, 38],
              [252, 86, 46],
              [286, 86, 58],
              [322, 86, 40],
              [386, 88, 50],
            ])}
            className="sc-far"
          />
        </>
      ),
    },
    clouds(
      [
        [100, 88, 1.6],
        [300, 92, 1.9],
      ],
      "scene-drift-slow scene-mist",
    ),
    {
      motion: "scene-lean",
      art: (
        <path
          d={firs([
            [34, 118, 76],
            [88, 114, 56],
            [210, 112, 66],
            [238, 116, 82],
            [342, 114, 74],
            [372, 118, 60],
          ])}
          className="sc-mid"
        />
      ),
    },
    {
      art: (
        <>
          <path d="M0 116q120-14 220-2t180-4v30H0z" className="sc-near" />
          <path
            d={firs([
              [4, 138, 104],
              [140, 132, 88],
              [302, 136, 108],
              [398, 140, 92],
            ])}
            className="sc-deep"
          />
          <path d="M0 130q160-10 400-1v12H0z" className="sc-deep" />
        </>
      ),
    },
    {
      motion: "scene-life scene-hover",
      art: scattered(14, (x, y, index) => (
        <circle key={index} cx={x} cy={66 + y * 0.45} r="1.700" className="sc-spark" />
      )),
    },
    {
      motion: "scene-life",
      art: scattered(14, (x, y, index) => (
        <circle key={index} cx={(x + 71) % 400} cy={60 + y * 0.5} r="1.300" className="sc-spark" />
      )),
    },
  ],
  desert: [
    ...sun(290, 52, 24),
    {
      art: (
        <>
          <path d="M20 92V70h10l4-12h38l6 14h14v20zM128 92V78h12l6-10h22l4 24z" className="sc-far" />
          <path d="M-10 96q90-22 170-6t250-8v60H-10z" className="sc-far" />
        </>
      ),
    },
    {
      motion: "scene-shimmer",
      art: (
        <g className="sc-light" opacity=".55">
          <path d="M40 90h90v1.500H40zM180 87h140v1.500H180zM90 95h160v1.500H90zM300 93h80v1.500h-80z" />
        </g>
      ),
    },
    {
      art: (
        <>
          <path d="M-10 112q60-26 130-16 50 6 90 18 70-30 200-20v50H-10z" className="sc-mid" />
          <path d="M120 96q50 6 90 18-60 6-90 30h-30q40-30 30-48z" className="sc-near" opacity=".55" />
        </>
      ),
    },
    {
      motion: "scene-drift-fast scene-dust",
      wide: true,
      art: (
        <g className="sc-light">
          <path d="M20 108h60v1.200H20zM150 116h90v1.200h-90zM300 104h50v1.200h-50z" opacity=".6" />
        </g>
      ),
    },
    {
      art: (
        <>
          <path d="M-10 130q110-24 220-6t200-8v30H-10z" className="sc-near" />
          <path
            d="M58 58a6 6 0 0 1 12 0v24h7V70a4.500 4.500 0 0 1 9 0v16a7 7 0 0 1-7 7h-9v36H58V104h-8a7 7 0 0 1-7-7V80a4.500 4.500 0 0 1 9 0v14h6z"
            className="sc-deep"
          />
          <path
            d="M350 84a4 4 0 0 1 8 0v12h4v-6a3 3 0 0 1 6 0v9a5 5 0 0 1-5 5h-5v20h-8v-15h-4a5 5 0 0 1-5-5v-9a3 3 0 0 1 6 0v6h3z"
            className="sc-deep"
          />
        </>
      ),
    },
    {
      motion: "scene-life scene-glide",
      art: <path d={BIRD} transform="translate(180 34) scale(1.4)" className="sc-deep" />,
    },
  ],
  mountain: [
    ...sun(96, 34, 13),
    {
      art: (
        <>
          <path d="m0 96 46-42 30 24 52-52 40 40 36-30 60 48 46-40 90 60v36H0z" className="sc-far" />
          <path d="M0 118 70 64l34 26 86-76 74 66 38-28 98 70v20H0z" className="sc-mid" />
          <path d="m190 14 38 34-12 6-12-8-10 12-12-10-14 8-12-6z" className="sc-light" />
          <path d="m302 52 22 16-10 5-8-5-8 6-12-7z" className="sc-light" />
          <path d="m70 64 16 13-8 4-7-5-8 5-8-5z" className="sc-light" />
          <path d="m190 14 74 66-40 40-26-54z" className="sc-kin" opacity=".35" />
        </>
      ),
    },
    clouds(
      [
        [70, 88, 1.3],
        [250, 78, 1],
        [360, 96, 1.4],
      ],
      "scene-drift-slow",
    ),
    {
      art: (
        <>
          <path d="M0 122 80 96l70 22 80-26 90 26 80-20v42H0z" className="sc-near" />
          <path
            d={firs([
              [20, 128, 30],
              [38, 126, 24],
              [104, 124, 28],
              [212, 118, 30],
              [228, 116, 36],
              [246, 118, 26],
              [376, 120, 34],
              [392, 120, 26],
            ])}
            className="sc-deep"
          />
          <path d="M0 134q110-16 200-4t200-6v18H0z" className="sc-deep" />
        </>
      ),
    },
    clouds(
      [
        [30, 124, 1.2],
        [230, 132, 1.6],
      ],
      "scene-drift scene-mist",
    ),
    {
      motion: "scene-life scene-glide",
      art: <path d={BIRD} transform="translate(300 30) scale(1.7)" className="sc-deep" />,
    },
  ],
  snow: [
    ...sun(330, 30, 11),
    {
      motion: "scene-aurora",
      art: (
        <path
          d="M-30 56q80-46 160-26t130-10 180 16v-22q-90-24-180-8T130 4-30 36z"
          className="sc-kin"
          opacity=".5"
        />
      ),
    },
    {
      art: (
        <path d="M-30 66q110-40 220-22t250-26v-12q-140 36-240 18T-30 48z" className="sc-kin" opacity=".35" />
      ),
    },
    {
      art: (
        <>
          <path d="m0 92 60-34 40 22 60-40 56 38 40-20 64 30 80-22v74H0z" className="sc-far" />
          <path d="m160 40 24 16-14 3-8-4-10 7-12-7zM60 58l18 10-12 3-8-4-12 2z" className="sc-light" />
          <path d="M0 100q100-24 200-6t200-8v56H0z" className="sc-snow" opacity=".85" />
          <path
            d={firs([
              [30, 112, 46],
              [58, 110, 34],
              [214, 104, 38],
              [236, 106, 50],
              [352, 104, 44],
              [376, 108, 58],
            ])}
            className="sc-mid"
          />
        </>
      ),
    },
    {
      motion: "scene-fall-slow",
      tall: true,
      art: scattered(34, (x, y, index) => (
        <circle key={index} cx={x} cy={y} r={index % 2 === 0 ? 1.2 : 0.9} className="sc-flake" />
      )),
    },
    {
      art: (
        <>
          <path d="M-10 118q110-18 210-4t210-8v36H-10z" className="sc-snow" />
          <path d="M112 124a26 22 0 0 1 52 0z" className="sc-light" />
          <path d="M112 124a26 22 0 0 1 52 0z" className="sc-mid" opacity=".38" />
          <path d="M130 124v-7a8 8 0 0 1 16 0v7z" className="sc-deep" />
          <path
            d="M118 112h38M124 106h26M138 102v10M126 112v12M150 112v12"
            className="sc-line"
            strokeWidth="1"
            fill="none"
          />
        </>
      ),
    },
    {
      motion: "scene-fall",
      tall: true,
      art: scattered(26, (x, y, index) => (
        <circle key={index} cx={(x + 53) % 400} cy={y} r={index % 3 === 0 ? 2.2 : 1.6} className="sc-flake" />
      )),
    },
  ],
};
