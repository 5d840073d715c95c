import type { LanguageModelV3FilePart } from "@ai-sdk/provider";
import { isRecord } from "@/lib/core/is-record";
import { webUrl } from "@/lib/dialects/decoded-call";
import { unacceptable, untranslatable } from "@/lib/dialects/untranslatable";

/** What both of OpenAI's APIs say in the same form. */

interface InlineData {
  mediaType: string;
  base64: string;
}

/** Reads `data:image/png;base64,…`; null when it is none. The data may be megabytes, so no regular expression runs over it. */
function inlineData(url: string): InlineData | null {
  const comma = url.indexOf(",");
  if (!url.startsWith("data:") || comma === -1 || comma > 200) return null;
  const [mediaType = "", ...parameters] = url.slice("data:".length, comma).split(";");
  if (mediaType === "" || parameters.at(-1) !== "base64") return null;
  return { mediaType: mediaType.toLowerCase(), base64: url.slice(comma + 1) };
}

/** An image by its address or as data. @throws GatewayError invalid_body, naming `path`. */
export function imageAt(url: string, path: string): LanguageModelV3FilePart {
  const inline = inlineData(url);
  if (inline) {
    if (!inline.mediaType.startsWith("image/")) throw unacceptable(path, "it is no image.");
    return { type: "file", mediaType: inline.mediaType, data: inline.base64 };
  }
  const address = webUrl(url);
  if (!address) throw unacceptable(path, "it must be an http(s) address or base64 data.");
  return { type: "file", mediaType: "image/*", data: address };
}

/** A file as data; `path` is that of the object around it. @throws GatewayError invalid_body, naming the field. */
export function inlineFile(
  data: string | null | undefined,
  filename: string | null | undefined,
  path: string,
): LanguageModelV3FilePart {
  if (!data) throw untranslatable(path, "files are taken inline only, as 'file_data'.");
  const inline = inlineData(data);
  if (inline?.mediaType !== "application/pdf")
    throw untranslatable(`${path}.file_data`, "of files it takes PDF only, as base64 data.");
  return { type: "file", mediaType: inline.mediaType, data: inline.base64, ...(filename ? { filename } : {}) };
}

/** The arguments of a tool's call. @throws GatewayError invalid_body, naming `path`. */
export function toolInput(json: string, path: string): Record<string, unknown> {
  if (json.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw unacceptable(path, "it is not valid JSON.");
  }
  if (!isRecord(value)) throw unacceptable(path, "it must be the JSON of an object.");
  return value;
}
