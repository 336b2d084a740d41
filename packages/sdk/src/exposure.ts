/**
 * Tells when items have really been seen: at least half of an element's area inside the window, for one second without a
 * break, while the page is visible (the Media Rating Council's rule for viewable impressions). Elements are found by their
 * `data-rialto-token` attribute, now and when they come later; each token is told once.
 */

const SEEN_SHARE_MIN = 0.5;
const SEEN_MS_MIN = 1000;
const SELECTOR = '[data-rialto-token]';

export class ExposureWatcher {
  readonly #onSeen: (element: HTMLElement) => void;
  readonly #intersections: IntersectionObserver;
  readonly #mutations: MutationObserver;
  /** Elements that are in view now, each with its running timer while the page is visible. */
  readonly #inView = new Map<HTMLElement, ReturnType<typeof setTimeout> | undefined>();
  readonly #observed = new Set<HTMLElement>();
  readonly #seenTokens = new Set<string>();

  constructor(onSeen: (element: HTMLElement) => void) {
    this.#onSeen = onSeen;
    this.#intersections = new IntersectionObserver((entries) => this.#onIntersections(entries), {
      threshold: [SEEN_SHARE_MIN],
    });
    this.#mutations = new MutationObserver((records) => this.#onMutations(records));
  }

  start(root: HTMLElement): void {
    document.addEventListener('visibilitychange', this.#onVisibility);
    this.#mutations.observe(root, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ['data-rialto-token'],
    });
    this.#observeIn(root);
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.#onVisibility);
    this.#mutations.disconnect();
    this.#intersections.disconnect();
    for (const element of this.#inView.keys()) this.#leave(element);
    this.#observed.clear();
  }

  #observeIn(node: Node): void {
    if (!(node instanceof HTMLElement)) return;
    if (node.matches(SELECTOR)) this.#observe(node);
    for (const element of node.querySelectorAll<HTMLElement>(SELECTOR)) this.#observe(element);
  }

  #observe(element: HTMLElement): void {
    if (this.#observed.has(element) || this.#seenTokens.has(element.dataset['rialtoToken']!)) return;
    this.#observed.add(element);
    this.#intersections.observe(element);
  }

  #unobserve(element: HTMLElement): void {
    this.#leave(element);
    this.#observed.delete(element);
    this.#intersections.unobserve(element);
  }

  #onMutations(records: readonly MutationRecord[]): void {
    for (const { type, target, addedNodes } of records) {
      if (type === 'attributes' && target instanceof HTMLElement) {
        // Another item in the same element: what was seen of the old one does not count for it.
        this.#unobserve(target);
        if (target.matches(SELECTOR)) this.#observe(target);
      }
      for (const node of addedNodes) this.#observeIn(node);
    }
    for (const element of this.#observed) if (!element.isConnected) this.#unobserve(element);
  }

  #onIntersections(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting, intersectionRatio } of entries) {
      const element = target as HTMLElement;
      if (!this.#observed.has(element)) continue;
      if (isIntersecting && intersectionRatio >= SEEN_SHARE_MIN) this.#enter(element);
      else this.#leave(element);
    }
  }

  #enter(element: HTMLElement): void {
    clearTimeout(this.#inView.get(element));
    const visible = document.visibilityState === 'visible';
    this.#inView.set(element, visible ? setTimeout(() => this.#seen(element), SEEN_MS_MIN) : undefined);
  }

  #leave(element: HTMLElement): void {
    clearTimeout(this.#inView.get(element));
    this.#inView.delete(element);
  }

  #seen(element: HTMLElement): void {
    const token = element.dataset['rialtoToken'];
    this.#unobserve(element);
    if (token === undefined || this.#seenTokens.has(token)) return;
    this.#seenTokens.add(token);
    this.#onSeen(element);
  }

  /** A hidden page shows nothing: the second begins anew when it is visible again. */
  readonly #onVisibility = (): void => {
    for (const element of [...this.#inView.keys()]) this.#enter(element);
  };
}
