/** What is to come: traffic, and what campaigns would get of it. */

/** 80 of 100 times the value is expected between `low` and `high`. */
export interface Estimated {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** How much an answer rests on. `thin`: a first guess. */
export interface Evidence {
  readonly level: 'none' | 'thin' | 'fair' | 'good';
  /** What it rests on, and what is missing, as a sentence. */
  readonly reason: string;
}

export interface ForecastQuery {
  readonly placement: string;
  /** How many, the present one included; 24 where absent. */
  readonly hours?: number;
  /** Only requests from there; from everywhere where absent. */
  readonly country?: string;
  readonly device?: 'desktop' | 'mobile' | 'tablet' | 'app';
}

/** Requests to come to a placement, or to a segment of it. */
export interface TrafficForecast {
  readonly placement: string;
  readonly country?: string;
  readonly device?: 'desktop' | 'mobile' | 'tablet' | 'app';
  /** Of each UTC hour, beginning at `at`; the first is what is left of the present hour. */
  readonly hours: readonly (Estimated & { readonly at: number })[];
  /** Of all these hours: hours err together, so its interval is not the sum of theirs. */
  readonly total: Estimated;
  readonly evidence: Evidence;
}
