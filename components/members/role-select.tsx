"use client";

import { ROLE_WORDS } from "@/components/members/role-words";
import type { FieldControl } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { mayGrant, ROLES, type Role } from "@/lib/identity/roles";

interface RoleSelectProps {
  /** The field that it stands in. */
  control: FieldControl;
  value: Role;
  onChange: (role: Role) => void;
  /** Who chooses: none above their own is in the list. */
  by: Role;
}

/** A choice of a role, with what it means. */
export function RoleSelect({ control, value, onChange, by }: RoleSelectProps) {
  const options = ROLES.filter((role) => mayGrant(by, role)).map((role) => ({
    value: role,
    label: ROLE_WORDS[role].label,
    hint: ROLE_WORDS[role].description,
  }));
  return <Select {...control} value={value} onChange={onChange} options={options} />;
}
