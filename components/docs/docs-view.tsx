import { CALL_CHAPTERS } from "@/components/docs/call-chapters";
import { CONTROL_CHAPTERS } from "@/components/docs/control-chapters";
import type { DocsChapter } from "@/components/docs/docs-chapter";
import { Chapter } from "@/components/docs/docs-parts";
import { OPERATE_CHAPTERS } from "@/components/docs/operate-chapters";
import { START_CHAPTERS } from "@/components/docs/start-chapters";
import { PageHeader } from "@/components/ui/page-header";

/** The guide in the order in which it is read. */
export const GUIDE: readonly { title: string; chapters: readonly DocsChapter[] }[] = [
  { title: "Start", chapters: START_CHAPTERS },
  { title: "Calls", chapters: CALL_CHAPTERS },
  { title: "Control", chapters: CONTROL_CHAPTERS },
  { title: "Operate", chapters: OPERATE_CHAPTERS },
];

interface DocsViewProps {
  /** The address of the gateway, `https://…/api/v1`. */
  baseUrl: string;
}

/** How the gateway is used, in chapters, with examples that carry its own address. */
export function DocsView({ baseUrl }: DocsViewProps) {
  const addresses = { baseUrl, origin: baseUrl.replace(/\/api\/v1$/, "") };
  return (
    <>
      <PageHeader
        title="Docs"
        description="How to call models through this gateway: with the clients that you have, and without fear of the bill."
      />
      {GUIDE.flatMap(({ chapters }) => chapters).map(({ id, title, body }) => (
        <Chapter key={id} id={id} title={title}>
          {body(addresses)}
        </Chapter>
      ))}
    </>
  );
}
