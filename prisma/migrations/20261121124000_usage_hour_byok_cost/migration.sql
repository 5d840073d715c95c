-- AlterTable
ALTER TABLE "usage_hour" ADD COLUMN "byok_cost" BIGINT NOT NULL DEFAULT 0;

-- What the receipts that are still kept say of the hours before this column.
UPDATE "usage_hour" u SET "byok_cost" = r."cost"
FROM (
  SELECT date_bin('1 hour', "created_at", 'epoch'::timestamptz) AS "hour", "organization_id", "project_id", "api_key_id",
    coalesce("provider", '') AS "provider", coalesce("model", '') AS "model", sum("cost")::bigint AS "cost"
  FROM "request" WHERE "is_byok" AND "cost" > 0
  GROUP BY 1, 2, 3, 4, 5, 6
) r
WHERE u."hour" = r."hour" AND u."organization_id" = r."organization_id" AND u."project_id" = r."project_id"
  AND u."api_key_id" = r."api_key_id" AND u."provider" = r."provider" AND u."model" = r."model";
