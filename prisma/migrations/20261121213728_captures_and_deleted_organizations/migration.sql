-- AlterTable
ALTER TABLE "organization" ADD COLUMN     "deleted_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "capture" (
    "request_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "request_body" TEXT NOT NULL,
    "request_cut" BOOLEAN NOT NULL,
    "answer_body" TEXT NOT NULL,
    "answer_cut" BOOLEAN NOT NULL,

    CONSTRAINT "capture_pkey" PRIMARY KEY ("request_id")
);

-- CreateIndex
CREATE INDEX "capture_project_id_idx" ON "capture"("project_id");

-- CreateIndex
CREATE INDEX "capture_created_at_idx" ON "capture"("created_at");

-- Nothing longer is kept (CAPTURE_BYTES_MAX in lib/usage/captured-text.ts).
ALTER TABLE "capture" ADD CONSTRAINT "capture_bounded" CHECK (octet_length("request_body") <= 262144 AND octet_length("answer_body") <= 262144);
