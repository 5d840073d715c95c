-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "LedgerAccount" AS ENUM ('credits', 'revenue', 'grants', 'clearing', 'fees', 'promotions', 'adjustments', 'operator_loss', 'provider_costs');

-- CreateEnum
CREATE TYPE "TopUpStatus" AS ENUM ('pending', 'paid', 'failed', 'expired', 'refunded', 'disputed');

-- CreateEnum
CREATE TYPE "Role" AS ENUM ('owner', 'admin', 'developer', 'billing', 'viewer');

-- CreateEnum
CREATE TYPE "KeyEnvironment" AS ENUM ('live', 'test');

-- CreateEnum
CREATE TYPE "KeyStatus" AS ENUM ('active', 'inactive', 'deleted');

-- CreateEnum
CREATE TYPE "KeyKind" AS ENUM ('issued', 'master', 'local');

-- CreateEnum
CREATE TYPE "RuleType" AS ENUM ('allow_models', 'deny_models', 'allow_providers', 'deny_providers', 'allow_pricing', 'deny_pricing', 'allow_ips', 'deny_ips', 'allow_operations', 'deny_operations');

-- CreateEnum
CREATE TYPE "MeterPeriod" AS ENUM ('none', 'minute', 'daily', 'weekly', 'monthly', 'interval');

-- CreateEnum
CREATE TYPE "MeterUnit" AS ENUM ('usd', 'requests', 'tokens');

-- CreateEnum
CREATE TYPE "MeterKind" AS ENUM ('credits', 'spend', 'rate');

-- CreateEnum
CREATE TYPE "MeterSubject" AS ENUM ('organization', 'project', 'api_key', 'member', 'end_user');

-- CreateEnum
CREATE TYPE "ProjectMode" AS ENUM ('api_keys', 'credits', 'hybrid');

-- CreateEnum
CREATE TYPE "Retention" AS ENUM ('metadata', 'full');

-- CreateEnum
CREATE TYPE "Outcome" AS ENUM ('settled', 'released', 'refused', 'lost');

-- CreateEnum
CREATE TYPE "BilledTo" AS ENUM ('credits', 'provider_key', 'none');

-- CreateTable
CREATE TABLE "journal_entry" (
    "id" BIGSERIAL NOT NULL,
    "transaction_id" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "account" "LedgerAccount" NOT NULL,
    "amount" BIGINT NOT NULL,
    "description" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "journal_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "stripe_event" (
    "id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "processed_at" TIMESTAMPTZ(3),
    "note" TEXT,

    CONSTRAINT "stripe_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "top_up" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "created_by_id" TEXT,
    "amount" BIGINT NOT NULL,
    "fee" BIGINT NOT NULL,
    "status" "TopUpStatus" NOT NULL DEFAULT 'pending',
    "automatic" BOOLEAN NOT NULL DEFAULT false,
    "checkout_session" TEXT,
    "payment_intent" TEXT,
    "failure" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "top_up_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "auto_top_up" (
    "organization_id" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT false,
    "threshold" BIGINT NOT NULL,
    "amount" BIGINT NOT NULL,
    "monthly_ceiling" BIGINT NOT NULL,
    "stripe_customer" TEXT,
    "payment_method" TEXT,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "stopped_reason" TEXT,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "auto_top_up_pkey" PRIMARY KEY ("organization_id")
);

-- CreateTable
CREATE TABLE "books_run" (
    "id" TEXT NOT NULL,
    "ran_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ok" BOOLEAN NOT NULL,
    "findings" JSONB NOT NULL,
    "duration_ms" INTEGER NOT NULL,

    CONSTRAINT "books_run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "user" (
    "id" TEXT NOT NULL,
    "name" TEXT,
    "email" TEXT NOT NULL,
    "email_verified" TIMESTAMPTZ(3),
    "image" TEXT,
    "password_hash" TEXT,
    "session_version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "account" (
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "provider_account_id" TEXT NOT NULL,
    "refresh_token" TEXT,
    "access_token" TEXT,
    "expires_at" INTEGER,
    "token_type" TEXT,
    "scope" TEXT,
    "id_token" TEXT,
    "session_state" TEXT,

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "verification_token" (
    "identifier" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "expires" TIMESTAMPTZ(3) NOT NULL
);

-- CreateTable
CREATE TABLE "organization" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "is_default" BOOLEAN NOT NULL DEFAULT false,
    "billing_email" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "organization_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "membership" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "role" "Role" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "membership_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "invite" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "role" "Role" NOT NULL,
    "token_hash" TEXT NOT NULL,
    "invited_by_id" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "accepted_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "invite_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "kind" "KeyKind" NOT NULL DEFAULT 'issued',
    "name" TEXT NOT NULL,
    "environment" "KeyEnvironment" NOT NULL DEFAULT 'live',
    "status" "KeyStatus" NOT NULL DEFAULT 'active',
    "scopes" TEXT[],
    "expires_at" TIMESTAMPTZ(3),
    "created_by_id" TEXT,
    "end_user_id" TEXT,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "version" BIGINT NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key_secret" (
    "id" TEXT NOT NULL,
    "api_key_id" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "last_four" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "api_key_secret_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "iam_rule" (
    "id" TEXT NOT NULL,
    "api_key_id" TEXT,
    "project_id" TEXT,
    "membership_id" TEXT,
    "type" "RuleType" NOT NULL,
    "value" JSONB NOT NULL,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "iam_rule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "end_user" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "alias" TEXT,
    "blocked" BOOLEAN NOT NULL DEFAULT false,
    "budget_id" TEXT,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "deleted_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "end_user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "budget" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "max_budget" BIGINT,
    "period" "MeterPeriod" NOT NULL DEFAULT 'none',
    "duration_seconds" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "budget_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "meter" (
    "id" BIGSERIAL NOT NULL,
    "organization_id" TEXT NOT NULL,
    "subject" "MeterSubject" NOT NULL,
    "subject_id" TEXT NOT NULL,
    "kind" "MeterKind" NOT NULL,
    "unit" "MeterUnit" NOT NULL,
    "limit" BIGINT,
    "ceiling" BIGINT,
    "period" "MeterPeriod" NOT NULL DEFAULT 'none',
    "period_seconds" INTEGER,
    "anchor" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "window_start" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "used" BIGINT NOT NULL DEFAULT 0,
    "held" BIGINT NOT NULL DEFAULT 0,
    "total" BIGINT NOT NULL DEFAULT 0,
    "last_used_at" TIMESTAMPTZ(3),
    "alerts" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "meter_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "hold" (
    "request_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "organization_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "api_key_id" TEXT NOT NULL,
    "environment" "KeyEnvironment" NOT NULL,
    "endpoint" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "meter_ids" BIGINT[],
    "amounts" BIGINT[],
    "amount" BIGINT NOT NULL,
    "instance" TEXT NOT NULL,
    "deadline" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "hold_pkey" PRIMARY KEY ("request_id")
);

-- CreateTable
CREATE TABLE "project" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "mode" "ProjectMode" NOT NULL DEFAULT 'hybrid',
    "retention" "Retention" NOT NULL DEFAULT 'metadata',
    "cache_ttl_seconds" INTEGER,
    "is_default" BOOLEAN NOT NULL DEFAULT false,
    "version" BIGINT NOT NULL DEFAULT 1,
    "deleted_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "project_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "provider_key" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "project_id" TEXT,
    "provider" TEXT NOT NULL,
    "name" TEXT,
    "sealed" TEXT NOT NULL,
    "last_four" TEXT NOT NULL,
    "base_url" TEXT,
    "models" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "priority" INTEGER NOT NULL DEFAULT 100,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "last_error" TEXT,
    "last_error_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "provider_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "id" BIGSERIAL NOT NULL,
    "organization_id" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "before" JSONB,
    "after" JSONB,
    "address" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "previous_hash" TEXT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "block" (
    "address" TEXT NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "last_failure" TIMESTAMPTZ(3) NOT NULL,
    "blocked_until" TIMESTAMPTZ(3),
    "block_seconds" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "block_pkey" PRIMARY KEY ("address")
);

-- CreateTable
CREATE TABLE "request" (
    "id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "organization_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "api_key_id" TEXT NOT NULL,
    "end_user_id" TEXT,
    "environment" "KeyEnvironment" NOT NULL,
    "endpoint" TEXT NOT NULL,
    "outcome" "Outcome" NOT NULL,
    "status" INTEGER NOT NULL,
    "error_code" TEXT,
    "error_message" TEXT,
    "refusal" JSONB,
    "requested_model" TEXT NOT NULL,
    "model" TEXT,
    "provider" TEXT,
    "provider_key_id" TEXT,
    "streamed" BOOLEAN NOT NULL DEFAULT false,
    "cancelled" BOOLEAN NOT NULL DEFAULT false,
    "finish_reason" TEXT,
    "is_byok" BOOLEAN NOT NULL DEFAULT false,
    "billed_to" "BilledTo" NOT NULL DEFAULT 'none',
    "prompt_tokens" BIGINT NOT NULL DEFAULT 0,
    "cached_tokens" BIGINT NOT NULL DEFAULT 0,
    "cache_write_tokens" BIGINT NOT NULL DEFAULT 0,
    "completion_tokens" BIGINT NOT NULL DEFAULT 0,
    "reasoning_tokens" BIGINT NOT NULL DEFAULT 0,
    "usage_estimated" BOOLEAN NOT NULL DEFAULT false,
    "input_price" BIGINT,
    "output_price" BIGINT,
    "cached_input_price" BIGINT,
    "cache_write_price" BIGINT,
    "hold" BIGINT NOT NULL DEFAULT 0,
    "cost" BIGINT,
    "charged" BIGINT NOT NULL DEFAULT 0,
    "operator_loss" BIGINT NOT NULL DEFAULT 0,
    "attempts" JSONB NOT NULL DEFAULT '[]',
    "latency_ms" INTEGER NOT NULL DEFAULT 0,
    "first_token_ms" INTEGER,
    "client_request_id" TEXT,
    "client_address" TEXT,
    "settled_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "request_pkey" PRIMARY KEY ("id","created_at")
) PARTITION BY RANGE ("created_at");

-- CreateTable
CREATE TABLE "usage_hour" (
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "organization_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "api_key_id" TEXT NOT NULL,
    "environment" "KeyEnvironment" NOT NULL,
    "provider" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "requests" BIGINT NOT NULL DEFAULT 0,
    "errors" BIGINT NOT NULL DEFAULT 0,
    "prompt_tokens" BIGINT NOT NULL DEFAULT 0,
    "completion_tokens" BIGINT NOT NULL DEFAULT 0,
    "cost" BIGINT NOT NULL DEFAULT 0,
    "charged" BIGINT NOT NULL DEFAULT 0,
    "operator_loss" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "usage_hour_pkey" PRIMARY KEY ("organization_id","project_id","api_key_id","provider","model","hour")
);

-- CreateTable
CREATE TABLE "price_override" (
    "model_key" TEXT NOT NULL,
    "input_price" BIGINT NOT NULL,
    "output_price" BIGINT NOT NULL,
    "cached_input_price" BIGINT,
    "cache_write_price" BIGINT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "price_override_pkey" PRIMARY KEY ("model_key")
);

-- CreateTable
CREATE TABLE "idempotent_answer" (
    "api_key_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "body_hash" TEXT NOT NULL,
    "status" INTEGER,
    "headers" JSONB,
    "body" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotent_answer_pkey" PRIMARY KEY ("api_key_id","key")
);

-- CreateIndex
CREATE INDEX "journal_entry_transaction_id_idx" ON "journal_entry"("transaction_id");

-- CreateIndex
CREATE INDEX "journal_entry_organization_id_account_idx" ON "journal_entry"("organization_id", "account");

-- CreateIndex
CREATE UNIQUE INDEX "journal_entry_source_organization_id_account_key" ON "journal_entry"("source", "organization_id", "account");

-- CreateIndex
CREATE UNIQUE INDEX "top_up_checkout_session_key" ON "top_up"("checkout_session");

-- CreateIndex
CREATE UNIQUE INDEX "top_up_payment_intent_key" ON "top_up"("payment_intent");

-- CreateIndex
CREATE INDEX "top_up_organization_id_created_at_idx" ON "top_up"("organization_id", "created_at");

-- CreateIndex
CREATE INDEX "books_run_ran_at_idx" ON "books_run"("ran_at");

-- CreateIndex
CREATE UNIQUE INDEX "user_email_key" ON "user"("email");

-- CreateIndex
CREATE INDEX "account_user_id_idx" ON "account"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "account_provider_provider_account_id_key" ON "account"("provider", "provider_account_id");

-- CreateIndex
CREATE UNIQUE INDEX "verification_token_token_key" ON "verification_token"("token");

-- CreateIndex
CREATE UNIQUE INDEX "verification_token_identifier_token_key" ON "verification_token"("identifier", "token");

-- CreateIndex
CREATE INDEX "membership_user_id_idx" ON "membership"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "membership_organization_id_user_id_key" ON "membership"("organization_id", "user_id");

-- CreateIndex
CREATE UNIQUE INDEX "invite_token_hash_key" ON "invite"("token_hash");

-- CreateIndex
CREATE INDEX "invite_organization_id_idx" ON "invite"("organization_id");

-- CreateIndex
CREATE INDEX "api_key_project_id_created_at_idx" ON "api_key"("project_id", "created_at");

-- CreateIndex
CREATE INDEX "api_key_organization_id_idx" ON "api_key"("organization_id");

-- CreateIndex
CREATE INDEX "api_key_end_user_id_idx" ON "api_key"("end_user_id");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_secret_hash_key" ON "api_key_secret"("hash");

-- CreateIndex
CREATE INDEX "api_key_secret_api_key_id_idx" ON "api_key_secret"("api_key_id");

-- CreateIndex
CREATE INDEX "iam_rule_api_key_id_idx" ON "iam_rule"("api_key_id");

-- CreateIndex
CREATE INDEX "iam_rule_project_id_idx" ON "iam_rule"("project_id");

-- CreateIndex
CREATE INDEX "iam_rule_membership_id_idx" ON "iam_rule"("membership_id");

-- CreateIndex
CREATE INDEX "end_user_budget_id_idx" ON "end_user"("budget_id");

-- CreateIndex
CREATE UNIQUE INDEX "end_user_organization_id_external_id_key" ON "end_user"("organization_id", "external_id");

-- CreateIndex
CREATE INDEX "budget_organization_id_idx" ON "budget"("organization_id");

-- CreateIndex
CREATE INDEX "meter_organization_id_idx" ON "meter"("organization_id");

-- CreateIndex
CREATE UNIQUE INDEX "meter_subject_subject_id_kind_unit_key" ON "meter"("subject", "subject_id", "kind", "unit");

-- CreateIndex
CREATE INDEX "project_organization_id_idx" ON "project"("organization_id");

-- CreateIndex
CREATE INDEX "provider_key_organization_id_provider_idx" ON "provider_key"("organization_id", "provider");

-- CreateIndex
CREATE INDEX "provider_key_project_id_idx" ON "provider_key"("project_id");

-- CreateIndex
CREATE UNIQUE INDEX "audit_event_hash_key" ON "audit_event"("hash");

-- CreateIndex
CREATE INDEX "audit_event_organization_id_id_idx" ON "audit_event"("organization_id", "id");

-- CreateIndex
CREATE INDEX "request_project_id_created_at_idx" ON "request"("project_id", "created_at" DESC);

-- CreateIndex
CREATE INDEX "request_api_key_id_created_at_idx" ON "request"("api_key_id", "created_at" DESC);

-- CreateIndex
CREATE INDEX "usage_hour_organization_id_hour_idx" ON "usage_hour"("organization_id", "hour");

-- CreateIndex
CREATE INDEX "idempotent_answer_expires_at_idx" ON "idempotent_answer"("expires_at");

-- AddForeignKey
ALTER TABLE "account" ADD CONSTRAINT "account_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invite" ADD CONSTRAINT "invite_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_end_user_id_fkey" FOREIGN KEY ("end_user_id") REFERENCES "end_user"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key_secret" ADD CONSTRAINT "api_key_secret_api_key_id_fkey" FOREIGN KEY ("api_key_id") REFERENCES "api_key"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "iam_rule" ADD CONSTRAINT "iam_rule_api_key_id_fkey" FOREIGN KEY ("api_key_id") REFERENCES "api_key"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "iam_rule" ADD CONSTRAINT "iam_rule_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "iam_rule" ADD CONSTRAINT "iam_rule_membership_id_fkey" FOREIGN KEY ("membership_id") REFERENCES "membership"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "end_user" ADD CONSTRAINT "end_user_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "end_user" ADD CONSTRAINT "end_user_budget_id_fkey" FOREIGN KEY ("budget_id") REFERENCES "budget"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "budget" ADD CONSTRAINT "budget_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "project" ADD CONSTRAINT "project_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "provider_key" ADD CONSTRAINT "provider_key_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "provider_key" ADD CONSTRAINT "provider_key_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- ---------------------------------------------------------------------------------------------------------------------
-- What the data model cannot say (DESIGN section 2).

-- Hot rows are rewritten in place (HOT updates) and vacuumed early: meters at every batch, holds come and go.
ALTER TABLE "meter" SET (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE "hold" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0, autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 100000);
ALTER TABLE "usage_hour" SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000);

-- No meter is ever overspent, whatever the code above it does.
ALTER TABLE "meter"
  ADD CONSTRAINT "meter_amounts_are_not_negative" CHECK ("used" >= 0 AND "held" >= 0),
  ADD CONSTRAINT "meter_has_a_ceiling_when_limited" CHECK (("limit" IS NULL) = ("ceiling" IS NULL)),
  ADD CONSTRAINT "meter_is_not_overspent" CHECK ("ceiling" IS NULL OR "used" + "held" <= "ceiling"),
  ADD CONSTRAINT "meter_interval_has_a_length" CHECK (("period" = 'interval') = ("period_seconds" IS NOT NULL AND "period_seconds" > 0));

ALTER TABLE "hold"
  ADD CONSTRAINT "hold_amounts_match_meters" CHECK (cardinality("meter_ids") = cardinality("amounts")),
  ADD CONSTRAINT "hold_amount_is_not_negative" CHECK ("amount" >= 0 AND 0 <= ALL ("amounts"));

ALTER TABLE "request"
  ADD CONSTRAINT "request_cost_is_within_its_hold" CHECK ("cost" IS NULL OR ("cost" >= 0 AND "cost" <= "hold")),
  ADD CONSTRAINT "request_charge_is_not_negative" CHECK ("charged" >= 0 AND "operator_loss" >= 0),
  ADD CONSTRAINT "request_charges_only_what_is_settled" CHECK ("outcome" = 'settled' OR ("charged" = 0 AND coalesce("cost", 0) = 0));

ALTER TABLE "iam_rule"
  ADD CONSTRAINT "iam_rule_has_one_owner" CHECK (num_nonnulls("api_key_id", "project_id", "membership_id") = 1);

CREATE INDEX "request_failures_by_project" ON "request" ("project_id", "created_at" DESC) WHERE "status" >= 400;
CREATE UNIQUE INDEX "organization_one_default" ON "organization" ("is_default") WHERE "is_default";
CREATE UNIQUE INDEX "project_one_default" ON "project" ("is_default") WHERE "is_default";
CREATE UNIQUE INDEX "top_up_one_automatic_in_flight" ON "top_up" ("organization_id") WHERE "automatic" AND "status" = 'pending';

-- The start of the window that holds p_now. Days, weeks (from Monday) and months are UTC's.
CREATE FUNCTION meter_window_start(p_period "MeterPeriod", p_seconds integer, p_anchor timestamptz, p_now timestamptz)
RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE p_period
    WHEN 'none' THEN p_anchor
    WHEN 'minute' THEN date_bin('1 minute', p_now, 'epoch'::timestamptz)
    WHEN 'daily' THEN date_bin('1 day', p_now, 'epoch'::timestamptz)
    WHEN 'weekly' THEN date_bin('7 days', p_now, '1970-01-05T00:00:00Z'::timestamptz)
    WHEN 'monthly' THEN date_trunc('month', p_now AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
    WHEN 'interval' THEN date_bin(make_interval(secs => p_seconds), p_now, p_anchor)
  END
$$;

-- When that window ends; null for one that never does. Days are of 24 hours, not of the session's time zone.
CREATE FUNCTION meter_window_end(p_period "MeterPeriod", p_seconds integer, p_start timestamptz)
RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE p_period
    WHEN 'none' THEN NULL
    WHEN 'minute' THEN p_start + interval '1 minute'
    WHEN 'daily' THEN p_start + interval '24 hours'
    WHEN 'weekly' THEN p_start + interval '168 hours'
    WHEN 'monthly' THEN ((p_start AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC'
    WHEN 'interval' THEN p_start + make_interval(secs => p_seconds)
  END
$$;

-- Partitions of the receipts: one for each UTC day, made ahead; the default one takes what nobody foresaw.
CREATE TABLE "request_default" PARTITION OF "request" DEFAULT;

CREATE FUNCTION request_ensure_partitions(p_from date, p_to date)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_day date := p_from;
  v_name text;
  v_made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('request_ensure_partitions'));
  WHILE v_day <= p_to LOOP
    v_name := 'request_' || to_char(v_day, 'YYYYMMDD');
    IF to_regclass(format('%I', v_name)) IS NULL
      AND NOT EXISTS (SELECT 1 FROM "request_default" WHERE "created_at" >= (v_day::timestamp AT TIME ZONE 'UTC') AND "created_at" < ((v_day + 1)::timestamp AT TIME ZONE 'UTC')) THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF "request" FOR VALUES FROM (%L) TO (%L)',
        v_name, v_day::timestamp AT TIME ZONE 'UTC', (v_day + 1)::timestamp AT TIME ZONE 'UTC');
      v_made := v_made + 1;
    END IF;
    v_day := v_day + 1;
  END LOOP;
  RETURN v_made;
END
$$;

SELECT request_ensure_partitions((now() AT TIME ZONE 'UTC')::date - 1, (now() AT TIME ZONE 'UTC')::date + 7);

-- Books are written once.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER "journal_entry_is_append_only" BEFORE UPDATE OR DELETE ON "journal_entry" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER "journal_entry_is_not_truncated" BEFORE TRUNCATE ON "journal_entry" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER "audit_event_is_append_only" BEFORE UPDATE OR DELETE ON "audit_event" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER "audit_event_is_not_truncated" BEFORE TRUNCATE ON "audit_event" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A receipt's money never changes; the rest may (a note, a redaction). Partitions are dropped by retention, not emptied.
CREATE TRIGGER "request_money_is_append_only" BEFORE UPDATE ON "request" FOR EACH ROW
  WHEN (OLD."cost" IS DISTINCT FROM NEW."cost" OR OLD."charged" IS DISTINCT FROM NEW."charged" OR OLD."hold" IS DISTINCT FROM NEW."hold"
    OR OLD."operator_loss" IS DISTINCT FROM NEW."operator_loss" OR OLD."outcome" IS DISTINCT FROM NEW."outcome" OR OLD."billed_to" IS DISTINCT FROM NEW."billed_to"
    OR OLD."api_key_id" IS DISTINCT FROM NEW."api_key_id" OR OLD."project_id" IS DISTINCT FROM NEW."project_id" OR OLD."organization_id" IS DISTINCT FROM NEW."organization_id")
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER "request_is_not_deleted" BEFORE DELETE ON "request" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER "request_is_not_truncated" BEFORE TRUNCATE ON "request" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Every journal transaction sums to zero: checked at the end of the statement that adds it, so it is added in one.
CREATE FUNCTION journal_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_transaction text;
BEGIN
  SELECT e."transaction_id" INTO v_transaction
  FROM "journal_entry" e
  WHERE e."transaction_id" IN (SELECT DISTINCT a."transaction_id" FROM added a)
  GROUP BY e."transaction_id" HAVING sum(e."amount") <> 0
  LIMIT 1;
  IF v_transaction IS NOT NULL THEN
    RAISE EXCEPTION 'journal transaction % does not sum to zero', v_transaction USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER "journal_transaction_sums_to_zero" AFTER INSERT ON "journal_entry"
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION journal_balances();
