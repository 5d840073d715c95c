import type { ReactNode } from "react";

/** A chapter of the guide. */
export interface DocsChapter {
  /** Of its heading, and so its address. */
  id: string;
  title: string;
  /** `baseUrl` is the gateway's address, `https://…/api/v1`; `origin` is the installation's. */
  body: (addresses: { baseUrl: string; origin: string }) => ReactNode;
}
