/** The person of a session, as they are now in the database. */
export interface SessionUser {
  id: string;
  name: string | null;
  email: string;
  image: string | null;
}
