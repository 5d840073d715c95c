-- DropIndex
DROP INDEX "journal_entry_organization_id_account_idx";

-- DropIndex
DROP INDEX "meter_subject_subject_id_kind_unit_key";

-- CreateTable
CREATE TABLE "promotion" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "amount" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "burnt" BIGINT NOT NULL DEFAULT 0,
    "counted_to" BIGINT NOT NULL,
    "expired_at" TIMESTAMPTZ(3),
    "taken_back" BIGINT NOT NULL DEFAULT 0,
    "waits_for" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "promotion_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "promotion_organization_id_expires_at_idx" ON "promotion"("organization_id", "expires_at");

-- CreateIndex
CREATE INDEX "journal_entry_organization_id_id_idx" ON "journal_entry"("organization_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "meter_subject_subject_id_kind_unit_period_key" ON "meter"("subject", "subject_id", "kind", "unit", "period");

-- ---------------------------------------------------------------------------------------------------------------------
-- What the data model cannot say.

-- Only an organisation and a member have several spend limits, one a period. Everybody else has one meter of a kind and
-- unit, whatever its period is.
CREATE UNIQUE INDEX "meter_one_of_a_kind" ON "meter" ("subject", "subject_id", "kind", "unit")
  WHERE NOT ("kind" = 'spend' AND "subject" IN ('organization', 'member'));

ALTER TABLE "promotion"
  ADD CONSTRAINT "promotion_is_of_an_amount" CHECK ("amount" > 0),
  ADD CONSTRAINT "promotion_burns_what_it_gave" CHECK ("burnt" >= 0 AND "taken_back" >= 0 AND "burnt" + "taken_back" <= "amount"),
  ADD CONSTRAINT "promotion_is_taken_back_once_expired" CHECK (CASE WHEN "expired_at" IS NULL THEN "taken_back" = 0 AND cardinality("waits_for") = 0 ELSE "burnt" + "taken_back" = "amount" END);

-- What the gateway looks for each second.
CREATE INDEX "promotion_that_can_be_used" ON "promotion" ("expires_at") WHERE "expired_at" IS NULL;
CREATE INDEX "promotion_that_waits" ON "promotion" ("id") WHERE cardinality("waits_for") > 0;
