import { useRef } from "react";
import {
  type FieldValues,
  get,
  type Path,
  type RegisterOptions,
  type UseFormProps,
  type UseFormRegisterReturn,
  useForm,
} from "react-hook-form";

/** What an input is given: as of `useForm`, and what the server writes into it. */
type ServedField<Name extends string> = UseFormRegisterReturn<Name> & { defaultValue: string | undefined };

function isTyped(element: unknown): element is HTMLInputElement | HTMLTextAreaElement {
  return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
}

/**
 * `useForm` for a form that is there before its script is. `useForm` itself knows defaults in the browser only, and puts
 * them in place of what was typed until then; here the server renders them, and what somebody typed, or the browser filled
 * in, is what the form begins with.
 */
export function useServedForm<Values extends FieldValues, Context, Output>(
  options: UseFormProps<Values, Context, Output>,
) {
  const form = useForm<Values, Context, Output>(options);
  const met = useRef(new WeakSet<Element>());

  const register = <Name extends Path<Values>>(
    name: Name,
    rules?: RegisterOptions<Values, Name>,
  ): ServedField<Name> => {
    const field = form.register(name, rules);
    const served: unknown = get(form.formState.defaultValues, name);
    return {
      ...field,
      defaultValue: typeof served === "string" ? served : undefined,
      ref: (element: unknown) => {
        const isNew = isTyped(element) && !met.current.has(element);
        const typed = isNew && element.value !== element.defaultValue ? element.value : null;
        field.ref(element);
        if (!isNew) return;
        met.current.add(element);
        if (typed === null) return;
        element.value = typed;
        void field.onChange({ target: element, type: "change" });
      },
    };
  };
  return { ...form, register };
}
