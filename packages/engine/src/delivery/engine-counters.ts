/** Of this process, since it started; what belongs to the state is in `state.tally`. */
export interface EngineCounters {
  decisions: number;
  /** Of those, decided in brief because requests waited for each other. */
  decisionsBrownout: number;
  /** Placements whose latency budget ran out, so that the cheap stage answered. */
  placementsLate: number;
  /** Decisions that were given but could not be logged. */
  decisionsUnlogged: number;
  eventsAccepted: number;
  eventsDuplicate: number;
  eventsRejected: number;
}

export const noCounts = (): EngineCounters => ({
  decisions: 0,
  decisionsBrownout: 0,
  placementsLate: 0,
  decisionsUnlogged: 0,
  eventsAccepted: 0,
  eventsDuplicate: 0,
  eventsRejected: 0,
});
