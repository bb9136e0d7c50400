import { useEffect, useId, useRef, type ReactNode } from "react";

interface Props {
  title: string;
  /** Escape, a press beside the dialog, or the browser's back gesture: nothing was decided. */
  onClose: () => void;
  children: ReactNode;
}

/** A question in front of the page. The browser keeps the focus in it and gives it back afterwards. */
export function Dialog({ title, onClose, children }: Props): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- Escape closes it
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      className="dialog"
      onClose={(event) => {
        if (!event.currentTarget.open) onClose();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div className="flex flex-col gap-4 p-5 sm:p-6">
        <h3 id={heading} className="text-lg font-semibold">
          {title}
        </h3>
        {children}
      </div>
    </dialog>
  );
}
