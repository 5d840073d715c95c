-- The claims of running requests are found by their request, as holds are; kept answers are not.
CREATE INDEX "idempotent_answer_claim" ON "idempotent_answer" ("request_id") WHERE "status" IS NULL;

-- Either a claim, or a whole answer.
ALTER TABLE "idempotent_answer" ADD CONSTRAINT "idempotent_answer_whole" CHECK (
  ("status" IS NULL) = ("body" IS NULL) AND ("status" IS NULL) = ("headers" IS NULL)
);

-- No larger answer is kept (MOST_KEPT_BYTES in lib/gateway/idempotency.ts).
ALTER TABLE "idempotent_answer" ADD CONSTRAINT "idempotent_answer_bounded" CHECK (octet_length("body") <= 4194304);
