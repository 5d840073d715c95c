"use client";

import { ChevronDown } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useState } from "react";
import { cn } from "@/components/ui/cn";
import { SearchInput } from "@/components/ui/search-input";

export interface DocsLink {
  href: string;
  label: string;
  /** What else it is found by. */
  words?: string;
}

export interface DocsSection {
  title: string;
  links: readonly DocsLink[];
}

interface DocsNavProps {
  sections: readonly DocsSection[];
  /** Found by searching, and too many for the list: the calls of the reference. */
  calls: readonly DocsLink[];
}

const MOST_FOUND = 30;

/** Leads through the docs: chapters, pages of the reference, and a search over all their headings. */
export function DocsNav({ sections, calls }: DocsNavProps) {
  const path = usePathname();
  const [open, setOpen] = useState(false);
  const [search, setSearch] = useState("");
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ label, words = "" }: DocsLink) => {
    const text = `${label} ${words}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  };
  const found =
    wanted.length === 0
      ? null
      : [...sections.flatMap(({ links }) => links), ...calls].filter(fits).slice(0, MOST_FOUND);
  const follow = () => {
    setOpen(false);
    setSearch("");
  };

  return (
    <div className="lg:sticky lg:top-20 lg:max-h-[calc(100dvh-6rem)] lg:self-start lg:overflow-y-auto lg:pb-4">
      <button
        type="button"
        aria-expanded={open}
        aria-controls="docs-contents"
        onClick={() => setOpen(!open)}
        className="flex h-9 w-full items-center justify-between rounded-md border border-line-strong bg-surface px-3 text-sm lg:hidden"
      >
        Contents
        <ChevronDown aria-hidden className={cn("size-4 text-faint transition-transform", open && "rotate-180")} />
      </button>
      <div id="docs-contents" className={cn("mt-3 lg:mt-0 lg:block", open ? "block" : "hidden")}>
        <div className="p-0.5">
          <SearchInput aria-label="Search the docs" placeholder="Search" value={search} onSearch={setSearch} />
        </div>
        <p role="status" className="sr-only">
          {found === null ? "" : `${found.length} found`}
        </p>
        <nav aria-label="Docs" className="mt-4 grid gap-5">
          {found === null ? (
            sections.map(({ title, links }) => (
              <div key={title}>
                <p className="px-0.5 font-medium text-ink text-xs">{title}</p>
                <Links links={links} path={path} onFollow={follow} />
              </div>
            ))
          ) : found.length === 0 ? (
            <p className="px-0.5 text-soft text-ui">Nothing by that name.</p>
          ) : (
            <Links links={found} path={path} onFollow={follow} />
          )}
        </nav>
      </div>
    </div>
  );
}

interface LinksProps {
  links: readonly DocsLink[];
  path: string;
  onFollow: () => void;
}

function Links({ links, path, onFollow }: LinksProps) {
  return (
    <ul className="mt-1.5 grid gap-0.5">
      {links.map(({ href, label }) => (
        <li key={href}>
          <Link
            href={href}
            onClick={onFollow}
            aria-current={href === path ? "page" : undefined}
            className="block break-words rounded px-0.5 py-0.5 text-soft text-ui transition-colors hover:text-ink aria-[current=page]:font-medium aria-[current=page]:text-ink"
          >
            {label}
          </Link>
        </li>
      ))}
    </ul>
  );
}
