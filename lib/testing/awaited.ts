/** The same function, whose answer has always to be waited for: so that a refusal at once and a later one look the same. */
export function awaited<Given extends unknown[], Answer>(
  work: (...given: Given) => Answer | Promise<Answer>,
): (...given: Given) => Promise<Answer> {
  return async (...given) => work(...given);
}
