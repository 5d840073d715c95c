-- AlterEnum
ALTER TYPE "AlertKind" ADD VALUE 'auto_top_up';

-- AlterTable
ALTER TABLE "auto_top_up" ADD COLUMN     "last_failure" TEXT,
ADD COLUMN     "next_attempt_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "top_up" ADD COLUMN     "confirm_by" TIMESTAMPTZ(3),
ADD COLUMN     "customer" TEXT,
ADD COLUMN     "next_step_at" TIMESTAMPTZ(3),
ADD COLUMN     "payment_method" TEXT;

-- CreateTable
CREATE TABLE "stripe_refund" (
    "id" TEXT NOT NULL,
    "payment_intent" TEXT NOT NULL,
    "amount" BIGINT NOT NULL,
    "failed" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "stripe_refund_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "stripe_refund_payment_intent_idx" ON "stripe_refund"("payment_intent");

-- ---------------------------------------------------------------------------------------------------------------------
-- What the data model cannot say.

-- That one automatic top-up of an organisation is under way at a time says top_up_one_automatic_in_flight, from the beginning.
CREATE INDEX "top_up_next_step" ON "top_up" ("next_step_at") WHERE "automatic" AND "status" = 'pending';

ALTER TABLE "top_up"
  ADD CONSTRAINT "top_up_charges_somebody" CHECK (NOT "automatic" OR ("customer" IS NOT NULL AND "payment_method" IS NOT NULL));
ALTER TABLE "auto_top_up"
  ADD CONSTRAINT "auto_top_up_is_of_amounts" CHECK ("threshold" > 0 AND "amount" > 0 AND "monthly_ceiling" >= "amount"),
  ADD CONSTRAINT "auto_top_up_has_a_card" CHECK (NOT "enabled" OR "payment_method" IS NOT NULL),
  ADD CONSTRAINT "auto_top_up_failures_are_counted" CHECK ("failures" >= 0);
ALTER TABLE "stripe_refund"
  ADD CONSTRAINT "stripe_refund_is_not_negative" CHECK ("amount" >= 0);
