import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { get, patch } from "../api/client";
import { bodyOf } from "../api/queries";
import { Failed, Loading } from "../page/states";
import { text } from "../strings";
import { adminText, SETTING_NAMES, UNITS } from "../strings/admin";
import { once, type Act } from "./act";
import { Panel } from "./Panel";
import { FIELDS, readForm, written, type Draft, type Field, type Filled, type Settings } from "./settings";

export function SettingsForm({ onAct }: { onAct: (act: Act) => void }): ReactNode {
  const settings = useQuery({
    queryKey: ["admin", "settings"],
    queryFn: ({ signal }) => bodyOf(get("/api/v1/admin/settings", { signal })),
  });
  return (
    <Panel id="settings" title={adminText.settings} lead={adminText.settingsLead}>
      {settings.data !== undefined ? (
        <Form inForce={settings.data} onAct={onAct} />
      ) : settings.isError ? (
        <Failed error={settings.error} onRetry={() => void settings.refetch()} />
      ) : (
        <Loading label={text.loading} className="h-160" />
      )}
    </Panel>
  );
}

function Form({ inForce, onAct }: { inForce: Settings; onAct: (act: Act) => void }): ReactNode {
  const [draft, setDraft] = useState<Draft>({});
  const filled = readForm(draft, inForce);
  const untouched = filled.differences.length === 0 && filled.faults.length === 0;

  function review(event: FormEvent): void {
    event.preventDefault();
    if (filled.faults.length === 0 && filled.differences.length > 0) onAct(settingsAct(filled));
  }

  return (
    <form noValidate className="flex flex-col gap-4" onSubmit={review}>
      <div className="grid gap-x-5 gap-y-4 sm:grid-cols-2">
        {FIELDS.map((field) => (
          <Setting
            key={field.name}
            field={field}
            now={written(field, inForce)}
            value={draft[field.name] ?? written(field, inForce)}
            changed={filled.differences.some((each) => each.field === field)}
            faulty={filled.faults.includes(field)}
            onChange={(value) => setDraft({ ...draft, [field.name]: value })}
          />
        ))}
      </div>
      <div className="flex flex-wrap items-center gap-3">
        <button
          type="submit"
          className="button-act"
          disabled={filled.differences.length === 0 || filled.faults.length > 0}
        >
          {adminText.review}
        </button>
        <button type="button" className="button" disabled={untouched} onClick={() => setDraft({})}>
          {adminText.undo}
        </button>
        {untouched && <span className="text-sm text-muted">{adminText.noChange}</span>}
      </div>
    </form>
  );
}

interface Props {
  field: Field;
  now: string;
  value: string;
  changed: boolean;
  faulty: boolean;
  onChange: (value: string) => void;
}

function Setting({ field, now, value, changed, faulty, onChange }: Props): ReactNode {
  const { name, why } = SETTING_NAMES[field.name];
  const about = `about-${field.name}`;
  return (
    <div className="flex flex-col gap-1 text-sm">
      <label htmlFor={field.name} className="flex items-baseline justify-between gap-2 font-medium">
        {name}
        {changed && (
          <span className="text-xs font-semibold text-accent">
            {adminText.changed}, {adminText.inForce(`${now} ${UNITS[field.unit]}`)}
          </span>
        )}
      </label>
      <div className="flex items-center gap-2">
        <input
          id={field.name}
          name={field.name}
          className={`field tabular-nums ${changed ? "border-accent" : ""}`}
          inputMode={field.unit === "bdt" || field.unit === "percent" ? "decimal" : "numeric"}
          autoComplete="off"
          aria-describedby={about}
          aria-invalid={faulty}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
        <span className="w-12 shrink-0 text-muted">{UNITS[field.unit]}</span>
      </div>
      <p id={about} className={`min-h-8 text-xs ${faulty ? "text-down" : "text-muted"}`}>
        {faulty ? adminText.faultOf(field) : why}
      </p>
    </div>
  );
}

function settingsAct({ change, differences }: Filled): Act {
  return {
    title: adminText.settingsTitle,
    says: (
      <>
        <p>{adminText.settingsSays}</p>
        <table className="mt-2 w-full text-left text-ink tabular-nums">
          <thead>
            <tr className="text-muted">
              <th scope="col">{adminText.setting}</th>
              <th scope="col">{adminText.from}</th>
              <th scope="col">{adminText.to}</th>
            </tr>
          </thead>
          <tbody>
            {differences.map(({ field, from, to }) => (
              <tr key={field.name} className="border-t border-line">
                <th scope="row" className="py-1.5 font-medium">
                  {SETTING_NAMES[field.name].name}
                </th>
                <td className="py-1.5 text-muted">
                  {from} {UNITS[field.unit]}
                </td>
                <td className="py-1.5 font-semibold">
                  {to} {UNITS[field.unit]}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </>
    ),
    confirm: adminText.changeSettings,
    grave: true,
    give: (attempt) =>
      patch("/api/v1/admin/settings", { reason: attempt.reason, settings: change }, once(attempt)),
  };
}
