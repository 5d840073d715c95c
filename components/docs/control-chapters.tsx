import type { DocsChapter } from "@/components/docs/docs-chapter";
import { Example, Name, Terms } from "@/components/docs/docs-parts";
import { MODE_OPTIONS } from "@/components/projects/mode-words";

function RuleNames({ subject }: { subject: string }) {
  return (
    <>
      <Name>{`allow_${subject}`}</Name>, <Name>{`deny_${subject}`}</Name>
    </>
  );
}

/** Who pays, what may be used and how much, and how keys are changed. */
export const CONTROL_CHAPTERS: readonly DocsChapter[] = [
  {
    id: "modes",
    title: "Modes: whose key, and who pays",
    body: () => (
      <>
        <p>
          Each project has a mode, on its <strong className="font-medium text-ink">Settings</strong> page.
        </p>
        <Terms
          rows={MODE_OPTIONS.map(({ value, title, description }) => ({
            key: value,
            name: (
              <>
                {title} <Name>{value}</Name>
              </>
            ),
            text: description,
          }))}
        />
        <p>
          Every answer says who paid, in the header <Name>x-turnpike-billed-to</Name>: <Name>credits</Name>,{" "}
          <Name>provider_key</Name> or <Name>none</Name>. What it cost stands in <Name>usage.cost</Name>, in USD.
        </p>
      </>
    ),
  },
  {
    id: "rules",
    title: "Rules: what a key may use",
    body: ({ baseUrl }) => (
      <>
        <p>
          Rules narrow what a key may use further than its scopes do. They belong to a key, to a project (and hold for
          all its keys) or to a member (and hold for the keys that they made); each of the three can only narrow.
          Without rules everything is allowed.
        </p>
        <Terms
          rows={[
            {
              key: "models",
              name: <RuleNames subject="models" />,
              text: (
                <>
                  <Name>{'{"models": ["gpt-4o*"]}'}</Name> The model, under any of its names; a star at the end stands
                  for the rest.
                </>
              ),
            },
            {
              key: "providers",
              name: <RuleNames subject="providers" />,
              text: (
                <>
                  <Name>{'{"providers": ["openai"]}'}</Name> Who serves it.
                </>
              ),
            },
            {
              key: "pricing",
              name: <RuleNames subject="pricing" />,
              text: (
                <>
                  <Name>{'{"pricing_type": "paid", "max_input_price": 5}'}</Name> Free or paid, and at most so many USD
                  for a million tokens, in the dearest tier.
                </>
              ),
            },
            {
              key: "ips",
              name: <RuleNames subject="ips" />,
              text: (
                <>
                  <Name>{'{"cidrs": ["10.0.0.0/8"]}'}</Name> Where the request comes from.
                </>
              ),
            },
            {
              key: "operations",
              name: <RuleNames subject="operations" />,
              text: (
                <>
                  <Name>{'{"operations": ["chat/completions"]}'}</Name> The endpoint, by its name or by the scope that
                  it needs.
                </>
              ),
            },
          ]}
        />
        <ul className="list-disc space-y-1 pl-5">
          <li>Rules that allow are united with others of their type, and every type has to pass.</li>
          <li>Of the rules that deny, one is enough.</li>
          <li>
            <Name>auto</Name>, fallback and the response cache stay inside the rules, and <Name>GET models</Name> lists
            what they leave.
          </li>
          <li>A change acts on the next request, on every server.</li>
        </ul>
        <p>
          A denied request is 403 <Name>iam_denied</Name> with the rule’s id in <Name>error.metadata.rule_id</Name>. To
          ask beforehand what each rule says:
        </p>
        <Example
          code={`curl ${baseUrl}/iam/explain \\
  -H "Authorization: Bearer $TURNPIKE_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "gpt-4o-mini"}'`}
          language="bash"
          what="curl command that explains rules"
        />
      </>
    ),
  },
  {
    id: "limits",
    title: "Limits, and how holds work",
    body: () => (
      <>
        <p>
          A limit is never overspent. Before a call goes out, the most that it can cost is set aside, as a hold, on
          everything that it draws on: the key’s spend limit, the organization’s credits, the key’s rates. If that does
          not fit, the call is refused and nothing is sent. After the answer the hold is given back, and what was really
          used is charged.
        </p>
        <ul className="list-disc space-y-1 pl-5">
          <li>
            The most is a prompt token for each byte of the body, and the longest answer that the request or the model
            allows. A smaller <Name>max_tokens</Name> makes a smaller hold, so more calls fit at the same time.
          </li>
          <li>
            A call without <Name>max_tokens</Name> that would not fit has its answer shortened to what is affordable;
            the header <Name>x-turnpike-max-tokens</Name> says to what.
          </li>
          <li>A call that would fit if running calls cost less than they may waits for them to settle.</li>
          <li>
            A refusal says in <Name>error.metadata</Name> which meter spoke, its limit, what is used and held, and when
            it starts again. Limits start again at 00:00 UTC: each day, on Mondays, or on the first of the month.
          </li>
          <li>A call that fails before its first byte costs nothing. One that is cut off costs what was produced.</li>
        </ul>
      </>
    ),
  },
  {
    id: "end-users",
    title: "Budgets for your own users",
    body: ({ baseUrl }) => (
      <>
        <p>
          An end user is a customer of yours. Each has a meter of their own, and a budget, where you assign one, that
          limits it: an amount, and when it starts again (each UTC day, each week from Monday, each month, or every so
          many seconds). A budget is a template: whoever is assigned to it has it for themselves.
        </p>
        <p>
          Manage them on the <strong className="font-medium text-ink">End users</strong> page, or over HTTP with a key
          that has <Name>admin:*</Name>:
        </p>
        <Example
          code={`curl ${baseUrl}/budgets \\
  -H "Authorization: Bearer $TURNPIKE_ADMIN_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"max_budget": "5.00", "reset": "monthly"}'

curl ${baseUrl}/users \\
  -H "Authorization: Bearer $TURNPIKE_ADMIN_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"user_id": "user-123", "alias": "Alice", "budget_id": "bud_…"}'`}
          language="bash"
          what="curl commands that make a budget and a user"
        />
        <p>
          A key made with <Name>user_id</Name> belongs to that user and spends their budget. What does not fit is 403{" "}
          <Name>budget_exceeded</Name> before anything goes out; a user who is blocked is 403 <Name>user_blocked</Name>,
          and a user’s key that names another user in <Name>user</Name> is 403 <Name>forbidden</Name>.
        </p>
      </>
    ),
  },
  {
    id: "rotation",
    title: "Rotating a key",
    body: () => (
      <>
        <p>
          On the <strong className="font-medium text-ink">Keys</strong> page, <em>Rotate</em> gives a key a new secret.
          The key stays the same: its usage, its limits and its history run on.
        </p>
        <ol className="list-decimal space-y-1 pl-5">
          <li>Rotate with a grace period that is as long as you need to roll out, 30 days at most.</li>
          <li>Put the new secret where the old one is. Both work meanwhile.</li>
          <li>When the grace period ends, the old secret is refused from the next call on.</li>
        </ol>
        <p>
          After a leak, rotate without a grace period: the old secret is dead at once, on every server. So is a key that
          is disabled or deleted.
        </p>
      </>
    ),
  },
];
