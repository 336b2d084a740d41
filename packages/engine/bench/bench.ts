/** What a benchmark gets and gives: its sizes in, its figures out. */

export interface BenchOptions {
  /** As quick as can be, for tests: it shows that the benchmark works, and its figures mean nothing. */
  readonly small: boolean;
  /** Of the marketplace. */
  readonly listings?: number;
  /** How often it is measured, where that is in rounds. */
  readonly rounds?: number;
  /** Of a measurement. */
  readonly seconds?: number;
  /** Of what is drawn by chance. */
  readonly seed?: number;
  /** Where the server's processor profile is written. */
  readonly profile?: string;
  /** The compiled engine (its `dist`) to measure by turns with this one. */
  readonly against?: string;
  /** Told how far it is. */
  readonly say: (message: string) => void;
}

export type Figures = Readonly<Record<string, unknown>>;
export type Bench = (options: BenchOptions) => Promise<Figures>;
