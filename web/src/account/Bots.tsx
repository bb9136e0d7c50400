import { useState, type ReactNode } from "react";
import { Segments } from "../page/Segments";
import { accountText } from "../strings/account";
import { Snippet } from "./Snippet";
import { curlOrder, curlStream, PLACEHOLDER, PYTHON_INSTALL, pythonBot } from "./snippets";

type Language = "curl" | "python";

/** Programs to start from, with the address of this market and the key that was just made. */
export function Bots({ apiKey }: { apiKey: string | null }): ReactNode {
  const [language, setLanguage] = useState<Language>("curl");
  const { origin } = window.location;
  const key = apiKey ?? PLACEHOLDER;
  return (
    <section aria-labelledby="bots" className="card flex min-w-0 flex-col gap-5 p-5 lg:p-6">
      <div className="flex flex-wrap items-start justify-between gap-4">
        <div>
          <h3 id="bots" className="text-lg font-semibold">
            {accountText.bots}
          </h3>
          <p className="text-sm text-muted">
            {accountText.botsLead} {apiKey === null ? accountText.botsWithoutKey : accountText.botsWithKey}
          </p>
        </div>
        <div className="w-full sm:w-48">
          <Segments
            label={accountText.language}
            name="language"
            value={language}
            options={[
              ["curl", accountText.curl],
              ["python", accountText.python],
            ]}
            onChange={setLanguage}
          />
        </div>
      </div>
      {language === "curl" ? (
        <>
          <Snippet
            title={accountText.curlOrder}
            hint={accountText.curlOrderHint}
            code={curlOrder(origin, key)}
          />
          <Snippet
            title={accountText.curlStream}
            hint={accountText.curlStreamHint}
            code={curlStream(origin, key)}
          />
        </>
      ) : (
        <>
          <Snippet
            title={accountText.pythonInstall}
            hint={accountText.pythonInstallHint}
            code={PYTHON_INSTALL}
          />
          <Snippet
            title={accountText.pythonBot}
            hint={accountText.pythonBotHint}
            code={pythonBot(origin, key)}
          />
        </>
      )}
      <p className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
        <a className="link" href="/docs">
          {accountText.apiDocs}
        </a>
        <a className="link" href="/asyncapi.json">
          {accountText.streamDocs}
        </a>
        <a className="link" href="/openapi.json">
          {accountText.openApi}
        </a>
      </p>
    </section>
  );
}
