/** The form of questions about what is to come, and of their answers. */
import { z } from 'zod';
import { country, id } from './field.ts';

/** Four weeks. */
export const FORECAST_HOURS_MAX = 672;

const device = () => z.enum(['desktop', 'mobile', 'tablet', 'app']);
const estimated = { mean: z.number(), low: z.number(), high: z.number() };
const estimatedSchema = z.strictObject(estimated).meta({ id: 'Estimated' });
const evidenceSchema = z
  .strictObject({ level: z.enum(['none', 'thin', 'fair', 'good']), reason: z.string() })
  .meta({ id: 'Evidence' });

export const forecastQuerySchema = z.strictObject({
  placement: id(),
  hours: z.coerce.number().int().min(1).max(FORECAST_HOURS_MAX).exactOptional(),
  country: country().exactOptional(),
  device: device().exactOptional(),
});

export const trafficForecastSchema = z
  .strictObject({
    placement: z.string(),
    country: z.string().exactOptional(),
    device: device().exactOptional(),
    hours: z.array(z.strictObject({ ...estimated, at: z.int() })),
    total: estimatedSchema,
    evidence: evidenceSchema,
  })
  .meta({ id: 'TrafficForecast' });
