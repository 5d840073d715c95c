-- AlterTable
ALTER TABLE "request" ADD COLUMN     "cached_from" TEXT;

-- CreateTable
CREATE TABLE "cached_answer" (
    "project_id" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "finish_reason" TEXT,
    "usage" JSONB NOT NULL,
    "headers" JSONB NOT NULL,
    "body" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "cached_answer_pkey" PRIMARY KEY ("project_id","request_hash")
);

-- CreateIndex
CREATE INDEX "cached_answer_project_id_created_at_idx" ON "cached_answer"("project_id", "created_at");

-- CreateIndex
CREATE INDEX "cached_answer_expires_at_idx" ON "cached_answer"("expires_at");

-- What was set before there was a cache is brought within its bounds (CACHE_SECONDS in lib/projects/schemas.ts).
UPDATE "project" SET "cache_ttl_seconds" = least(greatest("cache_ttl_seconds", 10), 86400) WHERE "cache_ttl_seconds" IS NOT NULL;
ALTER TABLE "project" ADD CONSTRAINT "project_cache_ttl_bounded" CHECK ("cache_ttl_seconds" BETWEEN 10 AND 86400);

-- No larger answer is kept (MOST_CACHED_BYTES in lib/gateway/response-cache.ts).
ALTER TABLE "cached_answer" ADD CONSTRAINT "cached_answer_bounded" CHECK (octet_length("body") <= 1048576);
