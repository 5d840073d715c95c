"use client";

import { Printer } from "lucide-react";
import { Button } from "@/components/ui/button";

/** Prints the page, or saves it as PDF where the browser offers that. */
export function PrintButton() {
  return (
    <Button onClick={() => window.print()}>
      <Printer />
      Print or save as PDF
    </Button>
  );
}
