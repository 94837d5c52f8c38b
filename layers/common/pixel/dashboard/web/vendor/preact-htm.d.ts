// Types of what the page uses of Preact and htm. Nothing of it is served.
type Cleanup = (() => void) | undefined | void;
export function html(strings: TemplateStringsArray, ...values: unknown[]): unknown;
export function render(what: unknown, into: Element): void;
export function useState<S>(initial: S | (() => S)): [S, (next: S | ((before: S) => S)) => void];
export function useEffect(effect: () => Cleanup, inputs?: unknown[]): void;
export function useLayoutEffect(effect: () => Cleanup, inputs?: unknown[]): void;
export function useMemo<T>(make: () => T, inputs: unknown[]): T;
export function useRef<T>(initial: T): { current: T };
export function useErrorBoundary(): [unknown, () => void];
