/** The one function of htmx that our modules call; the rest of htmx is attributes. */
interface Window {
  htmx: { ajax(verb: "GET", path: string, target: Element): Promise<void> };
}
