/** Holds the id of the project that was looked at last; a convenience, checked against membership like any other id. */
export const LAST_PROJECT_COOKIE = "turnpike-project";
