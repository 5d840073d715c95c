import type { RequestRow } from "@/lib/usage/requests";

/** The model by its catalogue name, or as it was asked for where that names none, and who served it. */
export function ModelText({ request }: { request: Pick<RequestRow, "model" | "requestedModel" | "provider"> }) {
  const name = request.model ?? request.requestedModel;
  return (
    <>
      <span className="block truncate" title={name}>
        {name}
      </span>
      {request.provider ? <span className="block truncate text-faint text-xs">{request.provider}</span> : null}
    </>
  );
}
