-- CreateEnum
CREATE TYPE "RollupSize" AS ENUM ('hour', 'day', 'week');

-- CreateEnum
CREATE TYPE "RollupDimension" AS ENUM ('total', 'model', 'provider', 'api_key', 'end_user');

-- CreateEnum
CREATE TYPE "LatencyMeasure" AS ENUM ('total', 'first_token');

-- CreateTable
CREATE TABLE "usage_rollup" (
    "project_id" TEXT NOT NULL,
    "dimension" "RollupDimension" NOT NULL,
    "size" "RollupSize" NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "group" TEXT NOT NULL,
    "requests" BIGINT NOT NULL,
    "errors" BIGINT NOT NULL,
    "prompt_tokens" BIGINT NOT NULL,
    "completion_tokens" BIGINT NOT NULL,
    "cost" BIGINT NOT NULL,

    CONSTRAINT "usage_rollup_pkey" PRIMARY KEY ("project_id","dimension","size","starts_at","group")
);

-- CreateTable
CREATE TABLE "latency_rollup" (
    "project_id" TEXT NOT NULL,
    "measure" "LatencyMeasure" NOT NULL,
    "size" "RollupSize" NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "bucket" SMALLINT NOT NULL,
    "requests" BIGINT NOT NULL,

    CONSTRAINT "latency_rollup_pkey" PRIMARY KEY ("project_id","measure","size","starts_at","bucket")
);

-- CreateTable
CREATE TABLE "rollup_mark" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "settled_before" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rollup_mark_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "request_settled_at_idx" ON "request" USING BRIN ("settled_at");

-- Hours are thrown away after a while, days and weeks are kept.
CREATE INDEX "usage_rollup_hours" ON "usage_rollup" ("starts_at") WHERE "size" = 'hour';
CREATE INDEX "latency_rollup_hours" ON "latency_rollup" ("starts_at") WHERE "size" = 'hour';
ALTER TABLE "rollup_mark" ADD CONSTRAINT "rollup_mark_is_one_row" CHECK ("id" = 1);

-- Eight buckets for each doubling: bucket b holds what took more than 2^((b-1)/8) and at most 2^(b/8) milliseconds.
CREATE FUNCTION latency_bucket(p_ms integer) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ceil(8 * ln(greatest(p_ms, 1)::float8) / ln(2::float8))::smallint
$$;

-- The rollups begin where the receipts do; the first rounds catch up.
INSERT INTO "rollup_mark" ("settled_before") SELECT coalesce(min("created_at"), now()) FROM "organization";
