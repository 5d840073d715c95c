-- AlterTable
ALTER TABLE "price_override" ADD COLUMN     "cache_write_hour_price" BIGINT,
ADD COLUMN     "request_price" BIGINT;

-- AlterTable
ALTER TABLE "usage_hour" ADD COLUMN     "fees" BIGINT NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "price_version" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "version" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "price_version_pkey" PRIMARY KEY ("id")
);

-- The one row there is.
ALTER TABLE "price_version" ADD CONSTRAINT "price_version_is_one_row" CHECK ("id" = 1);
INSERT INTO "price_version" ("id") VALUES (1);

-- Nobody is paid for being asked.
ALTER TABLE "price_override" ADD CONSTRAINT "price_override_is_not_negative" CHECK (
  least("input_price", "output_price", "cached_input_price", "cache_write_price", "cache_write_hour_price", "request_price") >= 0
);
