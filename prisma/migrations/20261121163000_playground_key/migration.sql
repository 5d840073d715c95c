-- AlterEnum. A new value may be used once this is committed, so what uses it is the next migration.
ALTER TYPE "KeyKind" ADD VALUE 'playground';
