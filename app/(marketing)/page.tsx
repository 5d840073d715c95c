import { ArrowRight } from "lucide-react";
import Link from "next/link";
import { connection } from "next/server";
import { SnippetTabs } from "@/components/keys/snippet-tabs";
import { Comparison } from "@/components/marketing/comparison";
import { ProductView } from "@/components/marketing/product-view";
import { ReceiptDemo } from "@/components/marketing/receipt-demo";
import { RevocationDemo } from "@/components/marketing/revocation-demo";
import { WayOfACall } from "@/components/marketing/way-of-a-call";
import { gatewayBaseUrl } from "@/components/shell/base-url";
import { Button } from "@/components/ui/button";

const MODES = [
  {
    name: "Your own provider keys",
    text: "Bring keys of your own. They are sealed at rest, shown by their last four characters, and used for you alone.",
  },
  {
    name: "Credits",
    text: "Top up once and call through the shared keys of the installation. No call goes out that the balance does not cover.",
  },
  {
    name: "Both",
    text: "Your own key first, credits where there is none. Every answer says which one served and who paid.",
  },
] as const;

export default async function LandingPage() {
  await connection();
  return (
    <>
      <section className="mx-auto grid max-w-6xl items-center gap-12 px-5 pt-14 pb-20 sm:px-8 lg:grid-cols-[1fr_1.1fr] lg:gap-14 lg:pt-24 lg:pb-28">
        <div>
          <h1 className="text-balance font-semibold text-4xl leading-[1.08] tracking-tight sm:text-5xl">
            Hand out language models without fear of the bill
          </h1>
          <p className="mt-5 max-w-lg text-pretty text-lg text-soft leading-7">
            Turnpike is a gateway that you give to your customers, your developers and your agents. Make a key, set what
            it may spend, and it will not spend a nano-dollar more.
          </p>
          <div className="mt-8 flex flex-wrap items-center gap-3">
            <Button asChild variant="primary" size="lg">
              <Link href="/sign-up">
                Create an account
                <ArrowRight />
              </Link>
            </Button>
            <Button asChild size="lg">
              <a href="#how">How it works</a>
            </Button>
          </div>
        </div>
        <ProductView />
      </section>

      <section id="how" className="scroll-mt-14 border-line border-t bg-sunken">
        <div className="mx-auto max-w-6xl px-5 py-16 sm:px-8 lg:py-24">
          <h2 className="max-w-2xl text-balance font-semibold text-2xl tracking-tight sm:text-3xl">
            The money is set aside before the call, not counted after it
          </h2>
          <p className="mt-3 mb-10 max-w-2xl text-soft text-base">
            Gateways that check a limit first and add up later let a burst of calls run past it. Here a call that does
            not fit is refused before it leaves, however many arrive at once.
          </p>
          <WayOfACall />
          <h3 className="mt-14 mb-5 font-semibold text-lg tracking-tight">What that changes</h3>
          <Comparison />
        </div>
      </section>

      <section className="border-line border-t">
        <div className="mx-auto grid max-w-6xl gap-12 px-5 py-16 sm:px-8 lg:grid-cols-2 lg:gap-16 lg:py-24">
          <div className="grid content-start gap-6">
            <div>
              <h2 className="font-semibold text-2xl tracking-tight">Disabled means disabled</h2>
              <p className="mt-3 text-base text-soft">
                Whether a key may be used is checked in the same database statement that sets its money aside. There is
                no cache to wait for: the next call after the switch is refused, on every server.
              </p>
            </div>
            <RevocationDemo />
          </div>
          <div className="grid content-start gap-6">
            <div>
              <h2 className="font-semibold text-2xl tracking-tight">Every call leaves a receipt</h2>
              <p className="mt-3 text-base text-soft">
                Tokens, the prices used, what was held and what was charged, each attempt and how long it took. A
                refused call says which limit spoke and when it starts again.
              </p>
            </div>
            <ReceiptDemo />
          </div>
        </div>
      </section>

      <section className="border-line border-t bg-sunken">
        <div className="mx-auto grid max-w-6xl gap-10 px-5 py-16 sm:px-8 lg:grid-cols-[1fr_1.3fr] lg:gap-16 lg:py-24">
          <div>
            <h2 className="text-balance font-semibold text-2xl tracking-tight sm:text-3xl">
              Change the base URL, keep your code
            </h2>
            <p className="mt-3 text-base text-soft">
              The gateway speaks OpenAI's chat completions and responses, and Anthropic's messages, streamed and not.
              Point the client that you have at this address:
            </p>
            <p className="mt-4 overflow-x-auto rounded-lg border border-line bg-surface px-3.5 py-2.5 font-mono text-ui">
              {gatewayBaseUrl()}
            </p>
            <p className="mt-4 text-soft text-sm">
              What else can be called, and how, is in the{" "}
              <Link href="/docs/api" className="text-accent-text underline underline-offset-4">
                API reference
              </Link>
              .
            </p>
          </div>
          <div className="min-w-0">
            <SnippetTabs baseUrl={gatewayBaseUrl()} apiKey="tp_live_…" model="simulator/echo" />
          </div>
        </div>
      </section>

      <section className="border-line border-t">
        <div className="mx-auto max-w-6xl px-5 py-16 sm:px-8 lg:py-24">
          <h2 className="font-semibold text-2xl tracking-tight sm:text-3xl">You say who pays, project by project</h2>
          <ul className="mt-8 grid gap-8 md:grid-cols-3">
            {MODES.map((mode) => (
              <li key={mode.name} className="border-line-strong border-t pt-4">
                <h3 className="font-semibold text-base">{mode.name}</h3>
                <p className="mt-1.5 text-soft text-sm">{mode.text}</p>
              </li>
            ))}
          </ul>
          <div className="mt-14 flex flex-wrap items-center justify-between gap-5 rounded-2xl border border-line bg-surface px-6 py-7 shadow-card sm:px-8">
            <div>
              <p className="font-semibold text-lg tracking-tight">From here to a first call takes about a minute</p>
              <p className="mt-1 text-soft text-sm">A built-in simulator answers at once, with no provider key.</p>
            </div>
            <Button asChild variant="primary" size="lg">
              <Link href="/sign-up">Create an account</Link>
            </Button>
          </div>
        </div>
      </section>
    </>
  );
}
