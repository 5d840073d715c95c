"use client";

import { Ellipsis, LogOut, ShieldCheck, UserMinus, UserRoundCog } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { ChangeRoleDialog } from "@/components/members/change-role-dialog";
import { RemoveMemberDialog } from "@/components/members/remove-member-dialog";
import { ROLE_WORDS } from "@/components/members/role-words";
import { projectPath } from "@/components/shell/navigation";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { RelativeTime } from "@/components/ui/relative-time";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";
import { mayGrant, type Role } from "@/lib/identity/roles";
import type { MemberWithKeys } from "@/lib/members/read-members";

interface MembersTableProps {
  /** The project on screen. */
  projectId: string;
  organization: { id: string; name: string };
  self: { userId: string; role: Role };
  members: MemberWithKeys[];
  may: { manage: boolean; viewRules: boolean; manageRules: boolean };
}

function keyWords({ all, active }: MemberWithKeys["keys"]): string {
  if (all === 0) return "None";
  return all === active ? `${all}` : `${active} of ${all} enabled`;
}

function rulesWords({ rules }: MemberWithKeys): string {
  return rules.length === 0 ? "None" : `${rules.length}`;
}

/** The members of an organisation, with what can be done with each. */
export function MembersTable({ projectId, organization, self, members, may }: MembersTableProps) {
  return (
    <Table label="Members">
      <TableHead>
        <tr>
          <HeaderCell>Name</HeaderCell>
          <HeaderCell>Role</HeaderCell>
          <HeaderCell className="hidden sm:table-cell">Keys</HeaderCell>
          {may.viewRules ? <HeaderCell className="hidden md:table-cell">Rules</HeaderCell> : null}
          <HeaderCell className="hidden md:table-cell">Joined</HeaderCell>
          <HeaderCell>
            <span className="sr-only">Actions</span>
          </HeaderCell>
        </tr>
      </TableHead>
      <tbody>
        {members.map((member) => (
          <Row key={member.id}>
            <Cell className="max-w-44 sm:max-w-72">
              <div className="flex min-w-0 items-center gap-2">
                <span className="truncate font-medium" title={member.name ?? member.email}>
                  {member.name ?? member.email}
                </span>
                {member.userId === self.userId ? <Badge tone="outline">You</Badge> : null}
              </div>
              {member.name ? (
                <div className="truncate text-faint text-xs" title={member.email}>
                  {member.email}
                </div>
              ) : null}
            </Cell>
            <Cell>{ROLE_WORDS[member.role].label}</Cell>
            <Cell className="hidden whitespace-nowrap text-soft sm:table-cell">{keyWords(member.keys)}</Cell>
            {may.viewRules ? (
              <Cell className="hidden whitespace-nowrap text-soft md:table-cell">
                <Link
                  href={`${projectPath(projectId, "/members")}/${member.id}`}
                  aria-label={`Rules of ${member.name ?? member.email}: ${rulesWords(member)}`}
                  className="rounded underline-offset-4 hover:text-ink hover:underline"
                >
                  {rulesWords(member)}
                </Link>
              </Cell>
            ) : null}
            <Cell className="hidden whitespace-nowrap text-soft md:table-cell">
              <RelativeTime at={member.joinedAt} />
            </Cell>
            <Cell className="w-10 text-right">
              <MemberMenu
                projectId={projectId}
                organization={organization}
                self={self}
                member={member}
                others={members.filter(({ id }) => id !== member.id)}
                may={may}
              />
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}

interface MemberMenuProps extends Omit<MembersTableProps, "members"> {
  member: MemberWithKeys;
  others: MemberWithKeys[];
}

function MemberMenu({ projectId, organization, self, member, others, may }: MemberMenuProps) {
  const [asked, setAsked] = useState<"role" | "remove" | null>(null);
  const isSelf = member.userId === self.userId;
  const mayManage = may.manage && mayGrant(self.role, member.role);
  const hasRules = may.manageRules || (may.viewRules && member.rules.length > 0);
  const change = (what: typeof asked) => (open: boolean) => setAsked(open ? what : null);
  const shown = member.name ?? member.email;
  if (!mayManage && !hasRules && !isSelf) return null;
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button variant="ghost" size="icon-sm" aria-label={`Actions for ${shown}`}>
            <Ellipsis />
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          {mayManage ? (
            <MenuItem onSelect={() => setAsked("role")}>
              <UserRoundCog />
              Change role…
            </MenuItem>
          ) : null}
          {hasRules ? (
            <MenuItem asChild>
              <Link href={`${projectPath(projectId, "/members")}/${member.id}`}>
                <ShieldCheck />
                Rules
              </Link>
            </MenuItem>
          ) : null}
          {isSelf || mayManage ? (
            <>
              {mayManage || hasRules ? <MenuSeparator /> : null}
              <MenuItem danger onSelect={() => setAsked("remove")}>
                {isSelf ? <LogOut /> : <UserMinus />}
                {isSelf ? "Leave organisation…" : "Remove…"}
              </MenuItem>
            </>
          ) : null}
        </MenuContent>
      </Menu>
      <ChangeRoleDialog
        open={asked === "role"}
        onOpenChange={change("role")}
        organizationId={organization.id}
        member={member}
        by={self.role}
      />
      <RemoveMemberDialog
        open={asked === "remove"}
        onOpenChange={change("remove")}
        organization={organization}
        member={member}
        self={self}
        others={others}
      />
    </>
  );
}
