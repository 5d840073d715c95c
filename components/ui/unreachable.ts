/** What a form says when the server gave no answer. */
export const UNREACHABLE = "The server could not be reached. Please try again.";
