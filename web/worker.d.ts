/** What our worker uses of its scope: the DOM types that the pages need leave it out. */
export interface WorkerScope {
  readonly location: Location;
  readonly registration: ServiceWorkerRegistration;
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", heard: (event: Lasting) => void): void;
  addEventListener(type: "fetch", heard: (event: Fetching) => void): void;
  addEventListener(type: "sync", heard: (event: Lasting & { tag: string }) => void): void;
  addEventListener(
    type: "message",
    heard: (event: Lasting & { data: { type: string; build?: string } }) => void,
  ): void;
}

/** An event that keeps the worker alive until its work is done. */
export interface Lasting {
  waitUntil(work: Promise<unknown>): void;
}

export interface Fetching extends Lasting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

declare global {
  /** The id of this worker's build; the server writes both before the first line. */
  const BUILD: string;
  /** The addresses of all that the till needs beside its shell. */
  const PRECACHE: string[];
}
