/** A JSON value. */
type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

const QUESTION = [{ role: "user", content: "Why is the sky blue?" }] as const;

/**
 * For each operation with a body, one that it takes (its test parses them all): what the description and the docs show.
 * By method and path, as in `POST keys`.
 */
export const EXAMPLE_BODIES: { readonly [operation: string]: { readonly [name: string]: Json } } = {
  "POST chat/completions": { model: "openai/gpt-4o-mini", messages: QUESTION, max_tokens: 200 },
  "POST completions": { model: "simulator/echo", prompt: "Once upon a time", max_tokens: 50 },
  "POST responses": { model: "openai/gpt-4o-mini", input: "Why is the sky blue?", max_output_tokens: 200 },
  "POST messages": { model: "anthropic/claude-sonnet-4-5", max_tokens: 200, messages: QUESTION },
  "POST messages/count_tokens": { model: "anthropic/claude-sonnet-4-5", messages: QUESTION },
  "POST embeddings": { model: "openai/text-embedding-3-small", input: ["first text", "second text"] },
  "POST iam/explain": { model: "openai/gpt-4o-mini", endpoint: "chat/completions" },
  "POST keys": {
    key_name: "checkout-assistant",
    usage_limit: "25.00",
    usage_limit_reset: "monthly",
    rate_limit_rpm: 600,
    iam_rules: [{ type: "allow_models", value: { models: ["openai/gpt-4o*"] } }],
  },
  "PATCH keys/{id}": { usage_limit: "50.00", is_active: true },
  "POST keys/{id}/rotate": { grace_period_seconds: 3600 },
  "POST projects": { name: "Support bot", mode: "hybrid", usage_limit: "500.00", usage_limit_reset: "monthly" },
  "PATCH projects/{id}": { retention: "metadata", cache_ttl_seconds: 600 },
  "POST provider-keys": {
    provider: "openai",
    key: "sk-your-own-key",
    name: "Production account",
    models: ["gpt-4o-mini"],
    priority: 10,
  },
  "PATCH provider-keys/{id}": { priority: 0, is_active: true },
  "POST users": { user_id: "user-123", alias: "Alice", budget_id: "bud_your_budget" },
  "PATCH users/{id}": { blocked: true },
  "PATCH members/{id}": { iam_rules: [{ type: "deny_models", value: { models: ["openai/o3*"] } }] },
  "PATCH organization/limits": { daily: "50.00", monthly: "1000.00" },
  "PATCH members/{id}/limits": { monthly: "100.00" },
  "POST budgets": { max_budget: "5.00", reset: "monthly" },
  "PATCH budgets/{id}": { max_budget: "10.00" },
  "POST pricing": {
    model_key: "openai:gpt-4o-mini",
    input_price_per_million: "0.15",
    output_price_per_million: "0.60",
  },
  "POST credits/grants": { amount: "20.00", reason: "Trial credits" },
  "POST credits/adjustments": { amount: "-1.50", reason: "Refund of a mistake" },
};
