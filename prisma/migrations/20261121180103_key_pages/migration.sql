-- AlterEnum
ALTER TYPE "AlertKind" ADD VALUE 'old_secret_in_use';

-- AlterTable
ALTER TABLE "api_key_secret" ADD COLUMN     "last_used_at" TIMESTAMPTZ(3),
ADD COLUMN     "warned_at" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "audit_event_organization_id_target_id_idx" ON "audit_event"("organization_id", "target", "id");

-- Few secrets are in a grace period, and every instance looks for those that end soon every few seconds.
CREATE INDEX "api_key_secret_in_grace" ON "api_key_secret" ("expires_at") WHERE "expires_at" IS NOT NULL;
