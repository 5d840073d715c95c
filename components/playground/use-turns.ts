"use client";

import { useEffect, useRef, useState } from "react";
import type { ChatBody, ChatMessage } from "@/components/playground/chat-body";
import type { Said } from "@/components/playground/conversation";
import { type ChatAnswer, ChatProblem, EMPTY_ANSWER, streamChat } from "@/components/playground/stream-chat";
import { useSecret } from "@/components/playground/use-secret";

/** One model's answer to one message. */
export interface PaneAnswer extends Said {
  body: ChatBody;
  answer: ChatAnswer;
  state: "running" | "done" | "stopped" | "failed";
  /** Why it failed, in words. */
  problem: string | null;
}

/** A message, and what each pane's model answers; null: the pane was not asked. */
export interface Turn {
  id: number;
  /** null: tools answered, nobody wrote. */
  prompt: string | null;
  /** Data addresses of the pictures that go with it. */
  images: readonly string[];
  answers: (PaneAnswer | null)[];
}

/** What one pane's model is asked: the request, and which of its messages are new. */
export interface Asked {
  body: ChatBody;
  said: readonly ChatMessage[];
}

/** Codes of a secret that works no more, where a new one helps. */
const SECRET_ENDED: ReadonlySet<string | null> = new Set(["invalid_key", "key_inactive", "key_expired"]);

function wordsOf(error: unknown, limit: string | null): string {
  if (!(error instanceof ChatProblem))
    return "The gateway could not be reached from this browser, or the answer broke off.";
  if (error.code !== "key_limit_reached" || limit === null) return error.message;
  return `Your playground may spend ${limit} a day in this project, and that leaves no room for this answer. Fewer max tokens may fit.`;
}

/**
 * The conversation: messages and answers, the sending of both, and its end. `limit` is what the playground may spend in a
 * day, for the words of a refusal; `ownKey` is a key to call with in place of the playground's.
 */
export function useTurns(projectId: string, limit: string, ownKey: string | null) {
  const secretOf = useSecret(projectId);
  const [turns, setTurns] = useState<Turn[]>([]);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const change = (id: number, pane: number, news: Partial<PaneAnswer>) =>
    setTurns((all) =>
      all.map((turn) =>
        turn.id === id
          ? { ...turn, answers: turn.answers.map((one, index) => (one && index === pane ? { ...one, ...news } : one)) }
          : turn,
      ),
    );

  const answerOne = async (id: number, pane: number, body: ChatBody, signal: AbortSignal) => {
    const attempt = (secret: string) =>
      streamChat({ secret, body, signal, onAnswer: (answer) => change(id, pane, { answer }) });
    const attemptWithSession = async () => {
      const secret = await secretOf();
      await attempt(secret).catch(async (error: unknown) => {
        if (!(error instanceof ChatProblem) || !SECRET_ENDED.has(error.code)) throw error;
        await attempt(await secretOf(secret));
      });
    };
    try {
      await (ownKey === null ? attemptWithSession() : attempt(ownKey));
      change(id, pane, { state: "done" });
    } catch (error) {
      if (signal.aborted) change(id, pane, { state: "stopped" });
      else change(id, pane, { state: "failed", problem: wordsOf(error, ownKey === null ? limit : null) });
    }
  };

  return {
    turns,
    isRunning: turns.some(({ answers }) => answers.some((one) => one?.state === "running")),
    /** Asks each pane's model, at once; null: not that one. */
    send: ({ prompt, images }: Pick<Turn, "prompt" | "images">, asked: readonly (Asked | null)[]) => {
      const controller = new AbortController();
      running.current = controller;
      const id = Date.now();
      const fresh = { answer: EMPTY_ANSWER, state: "running", problem: null } as const;
      setTurns((all) => [...all, { id, prompt, images, answers: asked.map((one) => one && { ...fresh, ...one }) }]);
      for (const [pane, one] of asked.entries()) if (one) void answerOne(id, pane, one.body, controller.signal);
    },
    /** Ends what is running; what has come so far stays. */
    stop: () => running.current?.abort(),
    clear: () => {
      running.current?.abort();
      setTurns([]);
    },
  };
}
