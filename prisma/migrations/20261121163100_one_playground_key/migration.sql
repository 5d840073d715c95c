-- Somebody has one key for the playground in a project, however often and from how many pages they open it.
CREATE UNIQUE INDEX "api_key_one_playground" ON "api_key" ("project_id", "created_by_id") WHERE "kind" = 'playground';
