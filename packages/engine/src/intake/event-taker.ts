/** Takes rows that each say one event: what a row says goes to the sink, what is wrong with it to the rejects. */
import { EventSink } from './event-sink.ts';
import type { ImportedEvent, IntakeContext, RowTaker } from './intake-engine.ts';
import { Refusal } from './refusal.ts';
import type { Cells, Row } from './row.ts';

export abstract class EventTaker implements RowTaker {
  protected readonly context: IntakeContext;
  protected readonly sink: EventSink;

  constructor(context: IntakeContext) {
    this.context = context;
    this.sink = new EventSink(context);
  }

  protected abstract eventOf(cells: Cells): ImportedEvent | Refusal;

  take(row: Row): Promise<void> | undefined {
    const event = this.eventOf(row.cells);
    if (!(event instanceof Refusal)) return this.sink.add(event, row);
    this.context.rejects.add(row, event);
    return undefined;
  }

  finish(): Promise<void> {
    return this.sink.finish();
  }
}
