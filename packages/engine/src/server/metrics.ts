/**
 * What is measured about the server, in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/).
 *
 * Written here and not taken from a library, because the format is a few lines, because nothing is then kept in globals
 * (several servers live in one process in tests and in the playground), and because an observation on the decision path is
 * two additions into an array.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { ErrorCode } from '../base/errors.ts';

const BUCKET_SECONDS = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

export class LatencyHistogram {
  /** Not cumulative; the last is everything above. [buckets + 1] */
  readonly #counts = new Float64Array(BUCKET_SECONDS.length + 1);
  #sumSeconds = 0;

  observe(latencyMs: number): void {
    const seconds = latencyMs / 1_000;
    let bucket = 0;
    while (bucket < BUCKET_SECONDS.length && seconds > BUCKET_SECONDS[bucket]!) bucket++;
    this.#counts[bucket]!++;
    this.#sumSeconds += seconds;
  }

  lines(name: string, labels: string): string[] {
    let total = 0;
    const out = BUCKET_SECONDS.map((bound, i) => {
      total += this.#counts[i]!;
      return `${name}_bucket{${labels},le="${bound}"} ${total}`;
    });
    total += this.#counts[BUCKET_SECONDS.length]!;
    return [
      ...out,
      `${name}_bucket{${labels},le="+Inf"} ${total}`,
      `${name}_sum{${labels}} ${this.#sumSeconds}`,
      `${name}_count{${labels}} ${total}`,
    ];
  }
}

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly lines: readonly string[];
}

const LATENCY = 'rialto_http_request_duration_seconds';

const familyText = ({ name, type, help, lines }: Family): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`;

const single = (name: string, type: 'counter' | 'gauge', help: string, value: number): Family => ({
  name,
  type,
  help,
  lines: [`${name} ${value}`],
});

/** One value for each value of a label. */
export interface LabelledGauge {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  readonly values: readonly (readonly [label: string, value: number])[];
}

/** `adRevenueMicros` → `ad_revenue_micros` */
const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A counter with one label. */
class LabelledCounter {
  readonly #counts = new Map<string, number>();

  add(label: string, count = 1): void {
    this.#counts.set(label, (this.#counts.get(label) ?? 0) + count);
  }

  lines(name: string, label: string): string[] {
    return [...this.#counts].map(([value, count]) => `${name}{${label}="${value}"} ${count}`);
  }
}

export class Metrics {
  readonly #latencies = new Map<string, LatencyHistogram>();
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 10 });
  readonly errors = new LabelledCounter();
  readonly segment = new LabelledCounter();

  constructor() {
    this.#delay.enable();
  }

  /** Of a route: `method` and `route` come from the code, never from a request. */
  latency(method: string, route: string): LatencyHistogram {
    const labels = `method="${method}",route="${route}"`;
    let histogram = this.#latencies.get(labels);
    if (histogram === undefined) {
      histogram = new LatencyHistogram();
      this.#latencies.set(labels, histogram);
    }
    return histogram;
  }

  countError(code: ErrorCode): void {
    this.errors.add(code);
  }

  /** The page that Prometheus reads. `counters` and `gauges` are the engine's, by their names there. */
  text(
    counters: Readonly<Record<string, number>>,
    gauges: Readonly<Record<string, number>>,
    labelled: readonly LabelledGauge[] = [],
  ): string {
    const families: Family[] = [
      {
        name: LATENCY,
        type: 'histogram',
        help: 'Time from a request to its answer.',
        lines: [...this.#latencies].flatMap(([labels, histogram]) => histogram.lines(LATENCY, labels)),
      },
      {
        name: 'rialto_http_errors_total',
        type: 'counter',
        help: 'Requests answered with an error, by its code.',
        lines: this.errors.lines('rialto_http_errors_total', 'code'),
      },
      {
        name: 'rialto_segment_messages_total',
        type: 'counter',
        help: 'Messages of the Segment-compatible routes, by what became of them.',
        lines: this.segment.lines('rialto_segment_messages_total', 'result'),
      },
      ...Object.entries(counters).map(([name, value]) =>
        single(
          `rialto_${snake(name)}_total`,
          'counter',
          `The engine's count of ${snake(name).replaceAll('_', ' ')}.`,
          value,
        ),
      ),
      ...Object.entries(gauges).map(([name, value]) =>
        single(`rialto_${snake(name)}`, 'gauge', `The engine's ${snake(name).replaceAll('_', ' ')}.`, value),
      ),
      ...labelled.map(({ name, help, label, values }): Family => {
        const lines = values.map(([of, value]) => `${name}{${label}="${of}"} ${value}`);
        return { name, type: 'gauge', help, lines };
      }),
      ...this.#process(),
    ];
    return families
      .filter((family) => family.lines.length > 0)
      .map(familyText)
      .join('');
  }

  /** Under the names that dashboards for Node know. */
  #process(): Family[] {
    const memory = process.memoryUsage();
    const cpu = process.cpuUsage();
    const delay = this.#delay;
    const lag = (nanoseconds: number): number => (Number.isFinite(nanoseconds) ? nanoseconds / 1e9 : 0);
    const families = [
      single(
        'nodejs_eventloop_lag_p50_seconds',
        'gauge',
        'Median delay of the event loop since the last scrape.',
        lag(delay.percentile(50)),
      ),
      single(
        'nodejs_eventloop_lag_p99_seconds',
        'gauge',
        '99th percentile of the delay of the event loop since the last scrape.',
        lag(delay.percentile(99)),
      ),
      single(
        'nodejs_eventloop_lag_max_seconds',
        'gauge',
        'Longest delay of the event loop since the last scrape.',
        lag(delay.max),
      ),
      single('nodejs_heap_size_used_bytes', 'gauge', 'Heap in use.', memory.heapUsed),
      single('nodejs_heap_size_total_bytes', 'gauge', 'Heap reserved.', memory.heapTotal),
      single('nodejs_external_memory_bytes', 'gauge', 'Memory of buffers outside the heap.', memory.external),
      single('process_resident_memory_bytes', 'gauge', 'Resident memory.', memory.rss),
      single('process_cpu_user_seconds_total', 'counter', 'Processor time in user mode.', cpu.user / 1e6),
      single('process_cpu_system_seconds_total', 'counter', 'Processor time in system mode.', cpu.system / 1e6),
      single('process_uptime_seconds', 'gauge', 'Time since the start of the process.', process.uptime()),
    ];
    delay.reset();
    return families;
  }

  close(): void {
    this.#delay.disable();
  }
}
