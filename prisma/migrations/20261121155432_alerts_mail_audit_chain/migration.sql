-- CreateEnum
CREATE TYPE "AlertKind" AS ENUM ('spend_threshold', 'low_balance', 'key_leaked');

-- CreateTable
CREATE TABLE "alert" (
    "id" TEXT NOT NULL,
    "organization_id" TEXT NOT NULL,
    "kind" "AlertKind" NOT NULL,
    "subject" "MeterSubject" NOT NULL,
    "subject_id" TEXT NOT NULL,
    "project_id" TEXT,
    "user_id" TEXT,
    "title" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "alert_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_read" (
    "alert_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "read_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "alert_read_pkey" PRIMARY KEY ("alert_id","user_id")
);

-- CreateTable
CREATE TABLE "meter_alert" (
    "meter_id" BIGINT NOT NULL,
    "threshold" BIGINT NOT NULL,
    "window_start" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "meter_alert_pkey" PRIMARY KEY ("meter_id","threshold")
);

-- CreateTable
CREATE TABLE "outgoing_mail" (
    "id" TEXT NOT NULL,
    "recipient" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(3),
    "failed_at" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outgoing_mail_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_chain" (
    "organization_id" TEXT NOT NULL,
    "events" BIGINT NOT NULL,
    "last_id" BIGINT NOT NULL,
    "last_hash" TEXT NOT NULL,

    CONSTRAINT "audit_chain_pkey" PRIMARY KEY ("organization_id")
);

-- CreateIndex
CREATE INDEX "alert_organization_id_created_at_idx" ON "alert"("organization_id", "created_at" DESC);

-- AddForeignKey
ALTER TABLE "alert" ADD CONSTRAINT "alert_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_read" ADD CONSTRAINT "alert_read_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alert"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What is to be sent, and what was sent long ago.
CREATE INDEX "outgoing_mail_due" ON "outgoing_mail" ("next_attempt_at") WHERE "sent_at" IS NULL AND "failed_at" IS NULL;

-- The meters that alerts are about. None of its columns is changed by a request, so settles do not touch it.
CREATE INDEX "meter_alerting" ON "meter" ("id") WHERE "limit" IS NOT NULL AND "kind" IN ('spend', 'credits');

-- Where each chain of the audit trail ends: the hash of a row shows what was changed before it, but not that the newest are gone.
INSERT INTO "audit_chain" ("organization_id", "events", "last_id", "last_hash")
SELECT e."organization_id", n."events", e."id", e."hash"
FROM (SELECT "organization_id", count(*) AS "events", max("id") AS "last_id" FROM "audit_event" GROUP BY "organization_id") n
JOIN "audit_event" e ON e."id" = n."last_id";

CREATE FUNCTION audit_chain_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "audit_chain" AS c ("organization_id", "events", "last_id", "last_hash")
  VALUES (NEW."organization_id", 1, NEW."id", NEW."hash")
  ON CONFLICT ("organization_id") DO UPDATE SET "events" = c."events" + 1, "last_id" = excluded."last_id", "last_hash" = excluded."last_hash";
  RETURN NULL;
END
$$;

CREATE TRIGGER "audit_chain_grows" AFTER INSERT ON "audit_event" FOR EACH ROW EXECUTE FUNCTION audit_chain_grows();
