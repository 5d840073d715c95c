import type { Model, Offer } from "@/lib/catalog/models";
import type { Operation } from "@/lib/iam/operations";

/** What is known of a request whatever model it names. */
export interface Asked {
  operation: Operation;
  /** The client's; empty where it is not known. */
  address: string;
}

/** One way to have a model served, at the price in force. */
export interface Candidate {
  model: Model;
  offer: Offer;
}

/** A rule's value, made ready to be asked many times. */
export interface Test<Subject> {
  /** Whether the rule is about this one: an allow rule then lets it pass, a deny rule refuses it. */
  matches: (subject: Subject) => boolean;
  /** What is said where the rule refuses it (CONTRACT section 6). */
  refusal: (subject: Subject) => string;
}

interface RuleDefinition<Subject> {
  effect: "allow" | "deny";
  /** @throws ZodError for a value that this rule cannot have. */
  compile: (value: unknown) => Test<Subject>;
}

export interface RequestRule extends RuleDefinition<Asked> {
  about: "request";
}

export interface ModelRule extends RuleDefinition<Model> {
  about: "model";
}

/** Narrows who may serve a model, by the provider or by what it asks for it. */
export interface OfferRule extends RuleDefinition<Candidate> {
  about: "provider" | "price";
}
