import { useLayoutEffect, useRef, useState, type PointerEvent, type ReactNode } from "react";
import { ticketText } from "../strings";

/** Pixels that the sheet has to be pulled down to close. */
const PULL_PX = 90;

interface Props {
  label: string;
  onClose: () => void;
  children: ReactNode;
}

/** A modal dialog: on a phone it comes up from below and can be pulled down again, elsewhere it stands in the middle. The
 * browser keeps the focus in it, and gives it back to where it was. */
export function Sheet({ label, onClose, children }: Props): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const pressedOutside = useRef(false);
  const { pulled, handle } = usePull(onClose);

  // Before the effects of what is in it, which want to take the focus: a closed dialog cannot have it.
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);

  return (
    // The dialog itself is only pressed where its content is not: outside. Keyboards have Esc and the button for it.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={dialog}
      aria-label={label}
      className="sheet"
      style={pulled === 0 ? undefined : { transform: `translateY(${pulled}px)` }}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClose={(event) => {
        if (!event.currentTarget.open) onClose();
      }}
      onPointerDown={(event) => {
        pressedOutside.current = event.target === event.currentTarget;
      }}
      onClick={(event) => {
        if (pressedOutside.current && event.target === event.currentTarget) onClose();
      }}
    >
      <div className="relative">
        <div {...handle} className="sheet-handle" aria-hidden="true" />
        {children}
        <button
          type="button"
          className="absolute top-1.5 right-2 grid size-10 place-items-center rounded-full text-muted hover:bg-raised hover:text-ink"
          aria-label={ticketText.close}
          onClick={onClose}
        >
          <svg viewBox="0 0 16 16" className="size-4" aria-hidden="true">
            <path d="M3 3l10 10M13 3L3 13" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
          </svg>
        </button>
      </div>
    </dialog>
  );
}

interface Pull {
  pulled: number;
  handle: Record<
    "onPointerDown" | "onPointerMove" | "onPointerUp" | "onPointerCancel",
    (event: PointerEvent) => void
  >;
}

function usePull(onClose: () => void): Pull {
  const from = useRef<number | null>(null);
  const [pulled, setPulled] = useState(0);
  const letGo = (): void => {
    from.current = null;
    setPulled(0);
  };
  return {
    pulled,
    handle: {
      onPointerDown: (event) => {
        from.current = event.clientY;
        event.currentTarget.setPointerCapture(event.pointerId);
      },
      onPointerMove: (event) => {
        if (from.current !== null) setPulled(Math.max(0, event.clientY - from.current));
      },
      onPointerUp: () => {
        if (pulled > PULL_PX) onClose();
        letGo();
      },
      onPointerCancel: letGo,
    },
  };
}
