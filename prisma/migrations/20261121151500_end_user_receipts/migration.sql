-- An end user's requests, newest first. Most requests are nobody's, and cost this index nothing.
CREATE INDEX "request_by_end_user" ON "request" ("end_user_id", "created_at" DESC) WHERE "end_user_id" IS NOT NULL;
