-- AlterTable
ALTER TABLE "invite" ADD COLUMN     "is_mailed" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "revoked_at" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "invite_email_idx" ON "invite"("email");

-- One open invitation of an address in an organisation, however many are sent at once.
CREATE UNIQUE INDEX "invite_open_key" ON "invite"("organization_id", "email") WHERE "accepted_at" IS NULL AND "revoked_at" IS NULL;
ALTER TABLE "invite" ADD CONSTRAINT "invite_has_one_end" CHECK ("accepted_at" IS NULL OR "revoked_at" IS NULL);
