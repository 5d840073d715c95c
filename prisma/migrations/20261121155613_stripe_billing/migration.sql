-- CreateEnum
CREATE TYPE "DisputeOutcome" AS ENUM ('inquiry', 'open', 'won', 'lost');

-- AlterTable
ALTER TABLE "auto_top_up" DROP COLUMN "stripe_customer";

-- AlterTable
ALTER TABLE "organization" ADD COLUMN     "stripe_customer" TEXT;

-- AlterTable
ALTER TABLE "top_up" DROP COLUMN "failure",
ADD COLUMN     "booked_credits" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "booked_fee" BIGINT NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "stripe_payment" (
    "payment_intent" TEXT NOT NULL,
    "paid" BIGINT NOT NULL DEFAULT 0,
    "refunded" BIGINT NOT NULL DEFAULT 0,
    "failure" TEXT,

    CONSTRAINT "stripe_payment_pkey" PRIMARY KEY ("payment_intent")
);

-- CreateTable
CREATE TABLE "stripe_dispute" (
    "id" TEXT NOT NULL,
    "payment_intent" TEXT NOT NULL,
    "amount" BIGINT NOT NULL,
    "outcome" "DisputeOutcome" NOT NULL,

    CONSTRAINT "stripe_dispute_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "simulated_stripe_object" (
    "id" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "parent" TEXT,
    "data" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "simulated_stripe_object_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "stripe_dispute_payment_intent_idx" ON "stripe_dispute"("payment_intent");

-- CreateIndex
CREATE INDEX "simulated_stripe_object_parent_idx" ON "simulated_stripe_object"("parent");

-- CreateIndex
CREATE UNIQUE INDEX "organization_stripe_customer_key" ON "organization"("stripe_customer");

-- ---------------------------------------------------------------------------------------------------------------------
-- What the data model cannot say.

ALTER TABLE "top_up"
  ADD CONSTRAINT "top_up_is_of_an_amount" CHECK ("amount" > 0 AND "fee" >= 0),
  ADD CONSTRAINT "top_up_books_are_not_negative" CHECK ("booked_credits" >= 0 AND "booked_fee" >= 0);
ALTER TABLE "stripe_payment"
  ADD CONSTRAINT "stripe_payment_is_not_negative" CHECK ("paid" >= 0 AND "refunded" >= 0);
ALTER TABLE "stripe_dispute"
  ADD CONSTRAINT "stripe_dispute_is_not_negative" CHECK ("amount" >= 0);
