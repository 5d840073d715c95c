"use client";

import { CodeXml, FlaskConical, ImagePlus, RotateCcw, SendHorizontal, Square, X } from "lucide-react";
import { type ReactNode, useId, useRef, useState } from "react";
import { CodeTabs } from "@/components/keys/code-tabs";
import { AnswerView } from "@/components/playground/answer-view";
import {
  type ChatBody,
  type ChatMessage,
  chatBody,
  NO_PARAMETERS,
  type ParameterFields,
  type Parameters,
  readParameters,
} from "@/components/playground/chat-body";
import { chatCode } from "@/components/playground/chat-code";
import { toldMessages, toolMessages, userMessage } from "@/components/playground/conversation";
import { CredentialCard, isUsable, type TypedKey } from "@/components/playground/credential-card";
import { EarlierMessages } from "@/components/playground/earlier-messages";
import { ParametersCard } from "@/components/playground/parameters-card";
import type { ReplayDraft } from "@/components/playground/replay-of";
import { ToolAnswers } from "@/components/playground/tool-answers";
import { IMAGE_TYPES, useImages } from "@/components/playground/use-images";
import { type PaneAnswer, useTurns } from "@/components/playground/use-turns";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { Combobox, type ComboboxOption } from "@/components/ui/combobox";
import { Dialog, DialogBody } from "@/components/ui/dialog";
import { EmptyState } from "@/components/ui/empty-state";
import { formatMoney } from "@/components/ui/money";
import { PageHeader } from "@/components/ui/page-header";
import { Switch } from "@/components/ui/switch";
import { Textarea } from "@/components/ui/textarea";

interface PlaygroundViewProps {
  projectId: string;
  baseUrl: string;
  /** The chat models that the project may call; one at least. */
  models: readonly ComboboxOption[];
  initialModel: string;
  /** What one person may spend here in a day: USD as a decimal string. */
  limit: string;
  mayOpenLogs: boolean;
  /** Said above everything else. */
  notice: ReactNode;
  /** The call that is to be sent once more; null: an empty playground. */
  draft: ReplayDraft | null;
}

/** A conversation with one model, or with two side by side, through the gateway as any program would have it. */
export function PlaygroundView({
  projectId,
  baseUrl,
  models,
  initialModel,
  limit,
  mayOpenLogs,
  notice,
  draft,
}: PlaygroundViewProps) {
  const id = useId();
  const [typedKey, setTypedKey] = useState<TypedKey>(null);
  const { turns, isRunning, send, stop, clear } = useTurns(projectId, formatMoney(limit), typedKey?.trim() ?? null);
  const [chosen, setChosen] = useState<[string, string]>([initialModel, models[1]?.value ?? initialModel]);
  const [isComparing, setComparing] = useState(false);
  const [fields, setFields] = useState<ParameterFields>(draft?.fields ?? NO_PARAMETERS);
  const [prompt, setPrompt] = useState(draft?.prompt ?? "");
  const [earlier, setEarlier] = useState(draft?.earlier ?? []);
  const { images, add, remove, clear: clearImages } = useImages(draft?.images ?? []);
  const picker = useRef<HTMLInputElement>(null);
  const [shownCode, setShownCode] = useState<ChatBody | null>(null);
  const panes = isComparing ? chosen : chosen.slice(0, 1);
  const read = readParameters(fields);
  const errors = read.ok ? {} : read.errors;

  const answersOf = (pane: number) => turns.flatMap(({ answers }) => answers[pane] ?? []);
  const bodyOf = (pane: number, parameters: Parameters, said: readonly ChatMessage[], goesOn = false) => {
    const { settled, open } = toldMessages(answersOf(pane));
    const told = [...earlier, ...settled, ...(goesOn ? open : [])];
    return chatBody(chosen[pane] ?? initialModel, parameters, told, said);
  };
  const isEmpty = prompt.trim() === "" && images.length === 0;
  /** Whether the replayed call ended with something else than a message of a person's, such as what a tool answered. */
  const goesOnByItself = turns.length === 0 && earlier.length > 0 && earlier.at(-1)?.role !== "assistant";
  const hasCredential = isUsable(typedKey);
  const mayNotSend = (isEmpty && !goesOnByItself) || !hasCredential;
  const submit = () => {
    if (!read.ok || isRunning || mayNotSend) return;
    const said = isEmpty ? [] : [userMessage(prompt, images)];
    send(
      { prompt: isEmpty ? null : prompt, images },
      panes.map((_, pane) => ({ body: bodyOf(pane, read.parameters, said), said })),
    );
    setPrompt("");
    clearImages();
  };
  /** Whether a pane's last word is a call of tools, which its person may answer. */
  const waitsForTools = (pane: number, { state, answer }: PaneAnswer) =>
    state === "done" && answer.toolCalls.length > 0 && answersOf(pane).at(-1)?.answer === answer;
  const answerTools = (pane: number, called: PaneAnswer, results: readonly string[]) => {
    if (!read.ok || isRunning || !hasCredential) return;
    const said = toolMessages(called.answer, results);
    send(
      { prompt: null, images: [] },
      panes.map((_, index) => (index === pane ? { body: bodyOf(pane, read.parameters, said, true), said } : null)),
    );
  };
  const showCode = (pane: number) => {
    const last = answersOf(pane).at(-1)?.body;
    if (isEmpty && last) setShownCode(last);
    else if (read.ok) setShownCode(bodyOf(pane, read.parameters, [userMessage(isEmpty ? "Hello!" : prompt, images)]));
  };

  return (
    <>
      <PageHeader
        title="Playground"
        description="Calls go through the gateway and leave receipts like any other."
        actions={
          <>
            <span className="mr-2 inline-flex items-center gap-2">
              <Switch id={`${id}-compare`} checked={isComparing} disabled={isRunning} onCheckedChange={setComparing} />
              <label htmlFor={`${id}-compare`} className="text-ui">
                Compare two models
              </label>
            </span>
            <Button
              onClick={() => {
                clear();
                setEarlier([]);
              }}
              disabled={turns.length === 0 && earlier.length === 0}
            >
              <RotateCcw />
              Start over
            </Button>
          </>
        }
      />
      {notice}
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_18rem]">
        <div className="grid min-w-0 gap-4">
          <div className={cn("grid gap-4", isComparing && "md:grid-cols-2")}>
            {panes.map((model, pane) => {
              const key = pane === 0 ? "first" : "second";
              const name = models.find(({ value }) => value === model)?.label ?? model;
              return (
                <Card key={key} className="flex min-w-0 flex-col overflow-hidden">
                  <header className="flex items-center gap-2 border-line border-b p-2">
                    <Combobox
                      label={isComparing ? `Model ${pane + 1}` : "Model"}
                      value={model}
                      onChange={(next) => setChosen(pane === 0 ? [next, chosen[1]] : [chosen[0], next])}
                      options={models}
                      placeholder="Search models"
                      className="h-8 min-w-0 flex-1 text-ui"
                    />
                    <Button size="md" onClick={() => showCode(pane)} disabled={!read.ok}>
                      <CodeXml />
                      Copy as code
                    </Button>
                  </header>
                  <section
                    aria-label={`Answers of ${name}`}
                    aria-live="polite"
                    aria-busy={isRunning}
                    className="grid min-h-52 flex-1 content-start gap-5 p-4"
                  >
                    <EarlierMessages messages={earlier} />
                    {turns.length === 0 && earlier.length === 0 ? (
                      <EmptyState icon={FlaskConical} title="Nothing said yet" className="py-8">
                        Write a message below, and {name} answers here.
                      </EmptyState>
                    ) : null}
                    {turns.map((turn) => {
                      const answer = turn.answers[pane];
                      return answer ? (
                        <div key={turn.id} className="grid gap-3">
                          {turn.prompt === null ? (
                            answer.said.map((message) =>
                              message.role === "tool" ? (
                                <p
                                  key={message.tool_call_id}
                                  className="ml-auto max-w-[85%] whitespace-pre-wrap break-words rounded-lg bg-hover px-3 py-2 font-mono text-xs"
                                >
                                  {message.content === "" ? "(nothing)" : message.content}
                                </p>
                              ) : null,
                            )
                          ) : (
                            <div className="ml-auto grid max-w-[85%] justify-items-end gap-2">
                              <Pictures images={turn.images} />
                              {turn.prompt.trim() === "" ? null : (
                                <p className="whitespace-pre-wrap break-words rounded-lg bg-hover px-3 py-2 text-sm">
                                  {turn.prompt}
                                </p>
                              )}
                            </div>
                          )}
                          {answer.body.model === model ? null : (
                            <p className="font-mono text-faint text-xs">{answer.body.model}</p>
                          )}
                          <AnswerView projectId={projectId} answer={answer} mayOpenLogs={mayOpenLogs} />
                          {waitsForTools(pane, answer) ? (
                            <ToolAnswers
                              calls={answer.answer.toolCalls}
                              disabled={isRunning || !read.ok || !hasCredential}
                              onSend={(results) => answerTools(pane, answer, results)}
                            />
                          ) : null}
                        </div>
                      ) : null;
                    })}
                  </section>
                </Card>
              );
            })}
          </div>
          <Card className="p-2">
            <form
              onSubmit={(event) => {
                event.preventDefault();
                submit();
              }}
            >
              <Pictures images={images} onRemove={remove} />
              <Textarea
                aria-label="Message"
                aria-describedby={`${id}-hint`}
                value={prompt}
                onChange={(event) => setPrompt(event.target.value)}
                onKeyDown={(event) => {
                  if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
                  event.preventDefault();
                  submit();
                }}
                onPaste={(event) => {
                  const files = [...event.clipboardData.files];
                  if (files.length === 0) return;
                  event.preventDefault();
                  add(files);
                }}
                placeholder="Write a message"
              />
              <div className="mt-2 flex items-center gap-3">
                <input
                  ref={picker}
                  type="file"
                  accept={IMAGE_TYPES.join(",")}
                  multiple
                  aria-label="Pictures"
                  tabIndex={-1}
                  className="sr-only"
                  onChange={(event) => {
                    add([...(event.target.files ?? [])]);
                    event.target.value = "";
                  }}
                />
                <Button
                  variant="ghost"
                  size="icon-sm"
                  aria-label="Add pictures"
                  onClick={() => picker.current?.click()}
                >
                  <ImagePlus />
                </Button>
                <span id={`${id}-hint`} className="mr-auto text-faint text-xs">
                  {!read.ok
                    ? "A parameter needs another look first."
                    : hasCredential
                      ? "Enter sends, Shift and Enter begins a new line."
                      : "Enter the key to call with first."}
                </span>
                {isRunning ? (
                  <Button onClick={stop}>
                    <Square />
                    Stop
                  </Button>
                ) : (
                  <Button type="submit" variant="primary" disabled={!read.ok || mayNotSend}>
                    <SendHorizontal />
                    Send
                  </Button>
                )}
              </div>
            </form>
          </Card>
        </div>
        <div className="grid min-w-0 gap-4">
          <CredentialCard typedKey={typedKey} onChange={setTypedKey} limit={formatMoney(limit)} />
          <ParametersCard
            fields={fields}
            errors={errors}
            onChange={(change) => setFields((known) => ({ ...known, ...change }))}
          />
        </div>
      </div>
      <Dialog
        open={shownCode !== null}
        onOpenChange={(open) => {
          if (!open) setShownCode(null);
        }}
        title="The same call as code"
        description="With a key of your project in the environment variable TURNPIKE_KEY."
        width="wide"
      >
        <DialogBody>{shownCode ? <CodeTabs snippets={chatCode(baseUrl, shownCode)} /> : null}</DialogBody>
      </Dialog>
    </>
  );
}

interface PicturesProps {
  images: readonly string[];
  /** Left out: they are sent, and stay. */
  onRemove?: (index: number) => void;
}

/** Pictures of a message, small. */
function Pictures({ images, onRemove }: PicturesProps) {
  if (images.length === 0) return null;
  return (
    <ul aria-label="Pictures of the message" className="mb-2 flex flex-wrap gap-2">
      {images.map((image, index) => {
        const key = `${index}-${image.length}`;
        return (
          <li key={key} className="relative">
            {/* biome-ignore lint/performance/noImgElement: a data address needs no optimizing */}
            <img
              src={image}
              alt={`${index + 1} of ${images.length}`}
              className="h-20 max-w-40 rounded-lg border border-line object-cover"
            />
            {onRemove ? (
              <Button
                size="icon-sm"
                aria-label={`Remove picture ${index + 1}`}
                onClick={() => onRemove(index)}
                className="absolute top-1 right-1 size-6"
              >
                <X />
              </Button>
            ) : null}
          </li>
        );
      })}
    </ul>
  );
}
