import { Badge } from "@/components/ui/badge";
import { Money } from "@/components/ui/money-text";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";
import type { Equation } from "@/lib/ledger/organization-books";

/** Every equation with both of its sides. */
export function EquationsTable({ equations }: { equations: readonly Equation[] }) {
  return (
    <Table label="Proof">
      <TableHead>
        <tr>
          <HeaderCell className="hidden sm:table-cell">What</HeaderCell>
          <HeaderCell>Two sides</HeaderCell>
          <HeaderCell numeric className="hidden sm:table-cell">
            USD
          </HeaderCell>
          <HeaderCell className="hidden text-right sm:table-cell">Result</HeaderCell>
        </tr>
      </TableHead>
      <tbody>
        {equations.map(({ name, left, right, agrees }) => (
          <Row key={name} className="align-top">
            <Cell className="hidden align-top font-medium sm:table-cell">{name}</Cell>
            <Cell className="align-top text-soft">
              <span className="mb-1 flex items-center gap-2 font-medium text-ink sm:hidden">
                {name}
                <Result agrees={agrees} />
              </span>
              <Side {...left} />
              <Side {...right} />
            </Cell>
            <Cell numeric className="hidden align-top sm:table-cell">
              <span className="block">
                <Money amount={left.amount} exact />
              </span>
              <span className="block">
                <Money amount={right.amount} exact />
              </span>
            </Cell>
            <Cell className="hidden text-right align-top sm:table-cell">
              <Result agrees={agrees} />
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}

/** Words, and on a phone the figure beside them. */
function Side({ words, amount }: Equation["left"]) {
  return (
    <span className="flex justify-between gap-4">
      {words}
      <Money amount={amount} exact className="text-ink sm:hidden" />
    </span>
  );
}

function Result({ agrees }: { agrees: boolean }) {
  return <Badge tone={agrees ? "good" : "bad"}>{agrees ? "agrees" : "differs"}</Badge>;
}
