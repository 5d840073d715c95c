"use client";

import { Building2, Check, ChevronsUpDown, Plus } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { CreateOrganizationDialog } from "@/components/identity/create-organization-dialog";
import { CreateProjectDialog } from "@/components/projects/create-project-dialog";
import { projectPath } from "@/components/shell/navigation";
import type { ProjectChoice } from "@/components/shell/shell-data";
import { Menu, MenuContent, MenuGroup, MenuItem, MenuLabel, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { can, type Role } from "@/lib/identity/roles";

interface ProjectSwitcherProps {
  project: ProjectChoice;
  projects: ProjectChoice[];
  role: Role;
}

/** Projects in groups of the same organisation, in the order in which they come. */
function byOrganization(projects: readonly ProjectChoice[]): ProjectChoice[][] {
  const groups = new Map<string, ProjectChoice[]>();
  for (const project of projects) {
    const group = groups.get(project.organizationId);
    if (group) group.push(project);
    else groups.set(project.organizationId, [project]);
  }
  return [...groups.values()];
}

/** The first letter of a project, in a square of its own colour. */
function Initial({ name }: { name: string }) {
  return (
    <span
      aria-hidden
      className="flex size-6 shrink-0 items-center justify-center rounded-md bg-accent font-semibold text-accent-ink text-xs uppercase"
    >
      {[...name.trim()][0] ?? "?"}
    </span>
  );
}

/** The project on screen, and the way to another, also of another organisation. */
export function ProjectSwitcher({ project, projects, role }: ProjectSwitcherProps) {
  const [creating, setCreating] = useState<"project" | "organization" | null>(null);
  const organizations = byOrganization(projects);
  return (
    <>
      <Menu>
        <MenuTrigger
          aria-label={`Project ${project.name}, switch project`}
          className="flex w-full items-center gap-2.5 rounded-lg px-2 py-1.5 text-left transition-colors hover:bg-hover data-[state=open]:bg-hover"
        >
          <Initial name={project.name} />
          <span className="min-w-0 flex-1">
            <span className="block truncate font-medium text-ui leading-4">{project.name}</span>
            <span className="block truncate text-faint text-xs">{project.organizationName}</span>
          </span>
          <ChevronsUpDown className="size-4 shrink-0 text-faint" aria-hidden />
        </MenuTrigger>
        <MenuContent align="start" className="w-60">
          {organizations.map((choices) => (
            <MenuGroup key={choices[0]?.organizationId}>
              <MenuLabel className="truncate">{choices[0]?.organizationName}</MenuLabel>
              {choices.map((choice) => (
                <MenuItem key={choice.id} asChild>
                  <Link href={projectPath(choice.id)}>
                    <span className="min-w-0 flex-1 truncate">{choice.name}</span>
                    {choice.id === project.id ? <Check aria-label="on screen" className="text-accent-text!" /> : null}
                  </Link>
                </MenuItem>
              ))}
            </MenuGroup>
          ))}
          <MenuSeparator />
          {can(role, "project.create") ? (
            <MenuItem onSelect={() => setCreating("project")}>
              <Plus />
              New project
            </MenuItem>
          ) : null}
          <MenuItem onSelect={() => setCreating("organization")}>
            <Building2 />
            New organisation
          </MenuItem>
        </MenuContent>
      </Menu>
      <CreateProjectDialog
        open={creating === "project"}
        onOpenChange={(open) => setCreating(open ? "project" : null)}
        organizationId={project.organizationId}
        organizationName={project.organizationName}
      />
      <CreateOrganizationDialog
        open={creating === "organization"}
        onOpenChange={(open) => setCreating(open ? "organization" : null)}
      />
    </>
  );
}
