import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { readerOf } from '../base/snapshot.fixture.ts';
import { millis } from '../base/units.ts';
import { SegmentTraffic } from './segment-traffic.ts';
import { TrafficForecast } from './traffic-forecast.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 4, 4);

/** Two weeks with a day's rhythm: `perHour` requests at noon, a tenth at midnight. */
function fill(traffic: SegmentTraffic, single: TrafficForecast): void {
  const rng = new Rng(5);
  for (let hour = 0; hour < 14 * 24; hour++) {
    const rhythm = 0.55 - 0.45 * Math.cos((2 * Math.PI * hour) / 24);
    for (const [country, device, perHour] of [
      ['DE', 'mobile', 60],
      ['DE', 'desktop', 30],
      ['AT', 'mobile', 10],
    ] as const) {
      for (let i = rng.poisson(perHour * rhythm); i > 0; i--) {
        const at = millis(START + hour * HOUR + rng.below(HOUR));
        traffic.observe({ placement: 'home', country, device }, at);
        single.observe(0, at);
      }
    }
  }
}

describe('traffic by segment (seed 5)', () => {
  const traffic = new SegmentTraffic();
  const single = new TrafficForecast();
  fill(traffic, single);
  const end = millis(START + 14 * 24 * HOUR);

  test('of a whole placement is what counting the placement alone forecasts', () => {
    const { forecast, requests } = traffic.outlook({ placement: 'home' });
    expect(requests).toBe(single.total(0));
    expect(forecast.forecast(0, end, 48)).toEqual(single.forecast(0, end, 48));
  });

  test('of a segment has its truth, a day of 24 · 0.55 of its hourly peak, in its interval', () => {
    for (const [of, peak] of [
      [{ country: 'DE' }, 90],
      [{ device: 'mobile' }, 70],
      [{ country: 'AT', device: 'mobile' }, 10],
    ] as const) {
      const { low, high } = traffic.outlook({ placement: 'home', ...of }).forecast.forecastTotal(0, end, 24);
      expect(low).toBeLessThan(peak * 24 * 0.55);
      expect(high).toBeGreaterThan(peak * 24 * 0.55);
      expect(high / low).toBeLessThan(2);
    }
    expect(traffic.outlook({ placement: 'home', country: 'FR' }).requests).toBe(0);
  });

  test('comes back from a snapshot', () => {
    const again = new SegmentTraffic();
    again.load(readerOf((out) => traffic.save(out)));
    expect(again.segmentsOf('home')).toEqual(traffic.segmentsOf('home'));
    expect(again.outlook({ placement: 'home', country: 'AT' }).requests).toBe(
      traffic.outlook({ placement: 'home', country: 'AT' }).requests,
    );
  });

  test('goes on by placement once there are more segments than it keeps', () => {
    const many = new SegmentTraffic();
    for (let i = 0; i < 5000; i++) many.observe({ placement: 'home', country: `C${i}`, device: '' }, end);
    expect(many.outlook({ placement: 'home' }).requests).toBe(5000);
    expect(many.segmentsOf('home').length).toBeLessThanOrEqual(4097);
  });
});
