import { newId } from "@/lib/core/ids";

/** The name of this process among all that share the database; holds carry it. */
export const INSTANCE = newId("ins");
