-- CreateIndex
CREATE INDEX "block_last_failure_idx" ON "block"("last_failure");
