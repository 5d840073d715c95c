"use client";

import { useState } from "react";
import { toast } from "sonner";

/** What every vision model takes. */
export const IMAGE_TYPES = ["image/png", "image/jpeg", "image/webp", "image/gif"] as const;
const IMAGES_MAX = 4;
/** In base64 four of these stay well below what a request may be. */
const IMAGE_BYTES_MAX = 4 * 1_048_576;

function dataAddress(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => (typeof reader.result === "string" ? resolve(reader.result) : reject(reader.error));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/** Pictures that go with the next message, as data addresses; what cannot go is said in a toast. */
export function useImages(initial: readonly string[]) {
  const [images, setImages] = useState(initial);
  const add = async (files: readonly File[]) => {
    const types: readonly string[] = IMAGE_TYPES;
    const fitting = files.filter(({ type, size }) => types.includes(type) && size <= IMAGE_BYTES_MAX);
    if (fitting.length < files.length) toast.error("A picture is a PNG, JPEG, WebP or GIF of 4 MB at most");
    if (images.length + fitting.length > IMAGES_MAX) toast.error(`A message has ${IMAGES_MAX} pictures at most`);
    try {
      const read = await Promise.all(fitting.map(dataAddress));
      setImages((known) => [...known, ...read].slice(0, IMAGES_MAX));
    } catch {
      toast.error("The picture could not be read");
    }
  };
  return {
    images,
    add: (files: readonly File[]) => void add(files),
    remove: (index: number) => setImages((known) => known.filter((_, at) => at !== index)),
    clear: () => setImages([]),
  };
}
