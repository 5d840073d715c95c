"use client";

import { signIn } from "next-auth/react";
import { type ComponentType, useState } from "react";
import { Button } from "@/components/ui/button";

type SignInProvider = "github" | "google";

function GitHubMark() {
  return (
    <svg viewBox="0 0 16 16" fill="currentColor" aria-hidden="true">
      <path d="M8 .2a8 8 0 0 0-2.53 15.59c.4.07.55-.17.55-.38v-1.5c-2.23.49-2.7-.94-2.7-.94-.36-.93-.89-1.18-.89-1.18-.73-.5.06-.49.06-.49.8.06 1.23.83 1.23.83.71 1.22 1.87.87 2.33.66.07-.52.28-.87.5-1.07-1.77-.2-3.64-.89-3.64-3.95 0-.87.31-1.59.82-2.15-.08-.2-.36-1.02.08-2.12 0 0 .67-.21 2.2.82a7.6 7.6 0 0 1 4 0c1.53-1.03 2.2-.82 2.2-.82.44 1.1.16 1.92.08 2.12.51.56.82 1.28.82 2.15 0 3.07-1.87 3.75-3.65 3.94.28.25.54.73.54 1.48v2.2c0 .2.14.46.55.38A8 8 0 0 0 8 .2Z" />
    </svg>
  );
}

function GoogleMark() {
  return (
    <svg viewBox="0 0 18 18" aria-hidden="true">
      <path
        fill="#4285f4"
        d="M17.6 9.2c0-.6 0-1.2-.2-1.7H9v3.4h4.8a4.2 4.2 0 0 1-1.8 2.7v2.2h2.9c1.7-1.5 2.7-3.9 2.7-6.6Z"
      />
      <path fill="#34a853" d="M9 18c2.4 0 4.5-.8 6-2.2l-3-2.2a5.4 5.4 0 0 1-8-2.9H1v2.3A9 9 0 0 0 9 18Z" />
      <path fill="#fbbc05" d="M4 10.7a5.4 5.4 0 0 1 0-3.4V5H1a9 9 0 0 0 0 8l3-2.3Z" />
      <path fill="#ea4335" d="M9 3.6c1.3 0 2.5.5 3.4 1.4L15 2.4A9 9 0 0 0 1 5l3 2.3a5.4 5.4 0 0 1 5-3.7Z" />
    </svg>
  );
}

const MARKS: Record<SignInProvider, ComponentType> = { github: GitHubMark, google: GoogleMark };

interface ProviderButtonsProps {
  /** Those that this installation is set up for. */
  providers: readonly { id: SignInProvider; name: string }[];
  returnTo: string;
}

/** Signing in with an account elsewhere. */
export function ProviderButtons({ providers, returnTo }: ProviderButtonsProps) {
  const [pending, setPending] = useState<SignInProvider | null>(null);
  if (providers.length === 0) return null;
  return (
    <div className="mb-5">
      <div className="grid gap-2">
        {providers.map(({ id, name }) => {
          const Mark = MARKS[id];
          return (
            <Button
              key={id}
              size="lg"
              pending={pending === id}
              onClick={() => {
                setPending(id);
                void signIn(id, { callbackUrl: returnTo });
              }}
            >
              {pending === id ? null : <Mark />}
              Continue with {name}
            </Button>
          );
        })}
      </div>
      <div className="mt-5 flex items-center gap-3 text-faint text-xs">
        <span className="h-px flex-1 bg-line" />
        or with e-mail
        <span className="h-px flex-1 bg-line" />
      </div>
    </div>
  );
}
