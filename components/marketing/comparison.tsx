import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";

/** What follows from adding up after the answer, and what from setting aside before it. */
const ROWS = [
  {
    when: "A hundred calls arrive at a limit at once",
    later: "All of them pass the check, and the limit is overspent by what they cost",
    here: "Those that fit are served; the rest are refused before anything is sent",
  },
  {
    when: "A key is disabled",
    later: "It is served until each server's cache forgets it",
    here: "It is refused from the next call on, on every server",
  },
  {
    when: "A client leaves in the middle of a stream",
    later: "What was delivered may never be counted",
    here: "The call is ended at the provider, and what was produced is charged",
  },
  {
    when: "A server dies with calls in flight",
    later: "What they cost is lost with it",
    here: "Their holds run out, they are marked as lost, and the customer is not charged",
  },
  {
    when: "Somebody doubts a balance",
    later: "There is a log to add up",
    here: "Double-entry books, and one command that proves them and names a row that is wrong",
  },
] as const;

/** The two ways to keep a limit, by what happens. */
export function Comparison() {
  return (
    <div className="overflow-hidden rounded-xl border border-line bg-surface shadow-card">
      <dl className="divide-y divide-line text-ui sm:hidden">
        {ROWS.map(({ when, later, here }) => (
          <div key={when} className="px-4 py-3.5">
            <dt className="font-medium">{when}</dt>
            <dd className="mt-1.5 flex gap-2">
              <span className="w-24 shrink-0 text-accent-text text-xs leading-5">Turnpike</span>
              {here}
            </dd>
            <dd className="mt-1 flex gap-2 text-soft">
              <span className="w-24 shrink-0 text-faint text-xs leading-5">Added up later</span>
              {later}
            </dd>
          </div>
        ))}
      </dl>
      <div className="max-sm:hidden">
        <Table label="Counting after the call and setting aside before it">
          <TableHead>
            <tr>
              <HeaderCell className="w-1/4">What happens</HeaderCell>
              <HeaderCell>Checked first, added up later</HeaderCell>
              <HeaderCell className="text-accent-text">Turnpike</HeaderCell>
            </tr>
          </TableHead>
          <tbody>
            {ROWS.map(({ when, later, here }) => (
              <Row key={when}>
                <th scope="row" className="px-4 py-3 text-left align-top font-medium sm:px-5">
                  {when}
                </th>
                <Cell className="align-top text-soft">{later}</Cell>
                <Cell className="align-top">{here}</Cell>
              </Row>
            ))}
          </tbody>
        </Table>
      </div>
    </div>
  );
}
