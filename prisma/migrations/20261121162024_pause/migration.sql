-- AlterTable
ALTER TABLE "organization" ADD COLUMN     "paused_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "project" ADD COLUMN     "paused_at" TIMESTAMPTZ(3);
