import { Check } from "lucide-react";
import { ACT_WORDS, ROLE_WORDS } from "@/components/members/role-words";
import { Card, CardHeader } from "@/components/ui/card";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";
import { ACTS, type Act, can, ROLES } from "@/lib/identity/roles";

const ALL_ACTS = Object.keys(ACTS).filter((act): act is Act => act in ACTS);

/** Who may do what, out of the table that decides it. */
export function RolesCard() {
  return (
    <Card id="roles">
      <CardHeader title="Roles" description="What each role may do in this organisation and in all of its projects." />
      <Table label="Roles">
        <TableHead>
          <tr>
            <HeaderCell>May</HeaderCell>
            {ROLES.map((role) => (
              <HeaderCell key={role} className="text-center" title={ROLE_WORDS[role].description}>
                {ROLE_WORDS[role].label}
              </HeaderCell>
            ))}
          </tr>
        </TableHead>
        <tbody>
          {ALL_ACTS.map((act) => (
            <Row key={act}>
              <th scope="row" className="min-w-44 py-2 pr-3 pl-4 font-normal sm:pl-5">
                {ACT_WORDS[act]}
              </th>
              {ROLES.map((role) => (
                <Cell key={role} className="relative h-9 text-center">
                  {can(role, act) ? (
                    <>
                      <Check className="mx-auto size-4 text-accent-text" aria-hidden />
                      <span className="sr-only">yes</span>
                    </>
                  ) : (
                    <>
                      <span aria-hidden className="text-faint">
                        ·
                      </span>
                      <span className="sr-only">no</span>
                    </>
                  )}
                </Cell>
              ))}
            </Row>
          ))}
        </tbody>
      </Table>
    </Card>
  );
}
