import Link from "next/link";
import { Example, Name } from "@/components/docs/docs-parts";
import type { ReferenceField, ReferenceOperation } from "@/components/docs/read-reference";
import type { ReferenceGroup } from "@/components/docs/reference-groups";
import { operationSnippets } from "@/components/docs/reference-snippets";
import { CodeTabs } from "@/components/keys/code-tabs";
import { Badge } from "@/components/ui/badge";
import { PageHeader } from "@/components/ui/page-header";

const METHOD_TONES = { GET: "info", POST: "good", PATCH: "held", DELETE: "bad" } as const;

/** The method of a call, coloured as everywhere in the reference. */
export function MethodBadge({ method }: { method: string }) {
  const tone = Object.entries(METHOD_TONES).find(([name]) => name === method)?.[1] ?? "neutral";
  return (
    <Badge tone={tone} className="font-mono">
      {method}
    </Badge>
  );
}

interface ReferenceViewProps {
  group: ReferenceGroup;
  operations: readonly ReferenceOperation[];
  /** The address of the gateway, `https://…/api/v1`. */
  baseUrl: string;
}

/** One page of the API reference: each call with what it takes, what it answers, and how it is made. */
export function ReferenceView({ group, operations, baseUrl }: ReferenceViewProps) {
  return (
    <>
      <PageHeader title={group.title} description={group.description} />
      {operations.map((operation) => (
        <Operation key={operation.id} operation={operation} baseUrl={baseUrl} />
      ))}
    </>
  );
}

function Operation({ operation, baseUrl }: { operation: ReferenceOperation; baseUrl: string }) {
  const { id, method, path, summary, needs, parameters, body, answer, streams, errors } = operation;
  const scope = /`([^`]+)`/.exec(needs)?.[1];
  return (
    <section aria-labelledby={id} className="border-line border-t py-8">
      <h2 id={id} className="scroll-mt-20 font-semibold text-lg tracking-tight">
        <a href={`#${id}`} className="flex min-w-0 flex-wrap items-center gap-x-2.5 gap-y-1 rounded">
          <MethodBadge method={method} />
          <span className="min-w-0 break-words font-mono text-base">/{path}</span>
        </a>
      </h2>
      <p className="mt-2 text-ink text-sm">{summary}</p>
      <p className="mt-1 text-soft text-ui">
        {scope === undefined ? (
          needs
        ) : (
          <>
            Needs the scope <Name>{scope}</Name>.
          </>
        )}
      </p>
      <div className="mt-4 grid grid-cols-[minmax(0,1fr)] gap-6">
        <CodeTabs snippets={operationSnippets(operation, baseUrl)} />
        {parameters.length > 0 ? <Fields title="Parameters" of={`${method} ${path}`} fields={parameters} /> : null}
        {body ? (
          <Fields
            title="Body"
            of={`${method} ${path}`}
            note={body.isRequired ? null : "It may be left out."}
            fields={body.fields}
            rest={body.isOpen ? "Further fields of this API are passed on to the provider as they are." : null}
          />
        ) : null}
        {answer ? (
          <Fields
            title={answer.isList ? "Answer: 200, a list of" : "Answer: 200"}
            of={`${method} ${path}`}
            note={streams ? "With stream: true, server-sent events." : null}
            fields={answer.fields}
            areAnswers
          />
        ) : (
          <div>
            <h3 className="font-medium text-ink text-sm">Answer: 204</h3>
            <p className="mt-1 text-soft text-ui">Done, without a body.</p>
          </div>
        )}
        <div>
          <h3 className="font-medium text-ink text-sm">Errors</h3>
          <dl className="mt-2 grid gap-y-1.5 text-ui sm:grid-cols-[3rem_minmax(0,1fr)]">
            {errors.map(({ status, codes }) => (
              <div key={status} className="contents">
                <dt className="tabular text-soft">{status}</dt>
                <dd className="flex min-w-0 flex-wrap gap-1.5">
                  {codes.map((code) => (
                    <Link key={code} href="/docs#errors" className="rounded">
                      <Name>{code}</Name>
                    </Link>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </div>
      </div>
    </section>
  );
}

interface FieldsProps {
  title: string;
  /** Which call they are of, for screen readers. */
  of: string;
  fields: readonly ReferenceField[];
  note?: string | null;
  rest?: string | null;
  /** Of an answer nothing is required. */
  areAnswers?: boolean;
}

function Fields({ title, of, fields, note = null, rest = null, areAnswers = false }: FieldsProps) {
  return (
    <div>
      <h3 className="font-medium text-ink text-sm">
        {title}
        <span className="sr-only"> of {of}</span>
      </h3>
      {note ? <p className="mt-1 text-soft text-ui">{note}</p> : null}
      {fields.length > 0 ? (
        <div className="mt-2 rounded-lg border border-line bg-surface">
          <FieldList fields={fields} areAnswers={areAnswers} />
        </div>
      ) : null}
      {rest ? <p className="mt-2 text-soft text-ui">{rest}</p> : null}
    </div>
  );
}

function FieldList({ fields, areAnswers }: { fields: readonly ReferenceField[]; areAnswers: boolean }) {
  return (
    <ul className="divide-y divide-line">
      {fields.map((field) => (
        <li key={field.name} className="px-3.5 py-2 text-ui">
          <p className="flex flex-wrap items-baseline gap-x-2">
            <code className="break-words font-mono text-ink text-xs">{field.name}</code>
            <span className="text-faint text-xs">{field.type}</span>
            {field.isRequired && !areAnswers ? <span className="text-danger-text text-xs">required</span> : null}
            {field.default === null ? null : (
              <span className="text-faint text-xs">
                default <code className="font-mono">{field.default}</code>
              </span>
            )}
          </p>
          {field.description ? <p className="mt-0.5 text-soft">{field.description}</p> : null}
          {field.values.length > 0 ? (
            <p className="mt-1 flex flex-wrap gap-1">
              {field.values.map((value) => (
                <Name key={value}>{value}</Name>
              ))}
            </p>
          ) : null}
          {field.fields.length > 0 ? (
            <div className="mt-2 rounded-md border border-line">
              <FieldList fields={field.fields} areAnswers={areAnswers} />
            </div>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

interface ReferenceIndexProps {
  groups: readonly { group: ReferenceGroup; href: string; operations: readonly ReferenceOperation[] }[];
  baseUrl: string;
}

/** All calls at a glance, and where their description lies. */
export function ReferenceIndex({ groups, baseUrl }: ReferenceIndexProps) {
  return (
    <>
      <PageHeader
        title="API reference"
        description="Every call of the gateway and of the management API, from the description that the server itself gives."
      />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 text-sm text-soft leading-6">
        <p>
          All addresses stand below this one, and the same without <Name>/api</Name>:
        </p>
        <Example code={baseUrl} language="bash" what="base URL" />
        <p>
          Bodies and answers are JSON. A wrong body is refused with a message that names each field. Amounts are USD:
          decimal strings in management answers, numbers in <Name>usage.cost</Name>. The whole description is an OpenAPI
          3.1 document at{" "}
          <a href={`${baseUrl}/openapi.json`} className="break-words text-accent-text underline underline-offset-4">
            {`${baseUrl}/openapi.json`}
          </a>
          , which needs no key.
        </p>
      </div>
      <div className="mt-8 grid gap-4 sm:grid-cols-2">
        {groups.map(({ group, href, operations }) => (
          <section
            key={group.id}
            aria-labelledby={`group-${group.id}`}
            className="min-w-0 rounded-xl border border-line bg-surface p-4"
          >
            <h2 id={`group-${group.id}`} className="font-semibold text-sm">
              <Link href={href} className="rounded underline-offset-4 hover:underline">
                {group.title}
              </Link>
            </h2>
            <p className="mt-0.5 text-soft text-ui">{group.description}</p>
            <ul className="mt-3 grid gap-1.5">
              {operations.map(({ id, method, path }) => (
                <li key={id}>
                  <Link
                    href={`${href}#${id}`}
                    className="flex min-w-0 items-center gap-2 rounded text-soft text-xs hover:text-ink"
                  >
                    <MethodBadge method={method} />
                    <span className="truncate font-mono">{path}</span>
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </>
  );
}
