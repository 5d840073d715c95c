/* What a page knows of a preview of rules; `lib/gateway/preview-rules.ts` makes it. */

/** What rules leave of the catalogue. */
export interface RulesPreview {
  /** How many models the catalogue has. */
  total: number;
  /** In the catalogue's order, with who may serve them. */
  left: { name: string; providers: string[] }[];
}

/** How the rules of a draft are named that are not stored yet: by their place, from 0. */
export const draftRuleId = (index: number) => `draft_${index}`;
