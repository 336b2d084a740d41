/** `rialto evaluate`: each part of the engine measured on a past whose outcome is known. */
import { Command } from 'commander';
import { evaluateBiddingCommand } from './evaluate-bidding.ts';
import { evaluateCtrCommand } from './evaluate-ctr.ts';
import { evaluateDecisionsCommand } from './evaluate-decisions.ts';
import { evaluateForecastCommand } from './evaluate-forecast.ts';
import { evaluateLtrCommand } from './evaluate-ltr.ts';
import { evaluateNewListingsCommand } from './evaluate-new-listings.ts';
import { evaluateNextItemCommand } from './evaluate-next-item.ts';
import { evaluatePolicyCommand } from './evaluate-policy.ts';
import { evaluateTopNCommand } from './evaluate-top-n.ts';
import { evaluateUpliftCommand } from './evaluate-uplift.ts';

export const evaluateCommand = new Command('evaluate')
  .description('measure quality on the past')
  .addCommand(evaluateDecisionsCommand)
  .addCommand(evaluateNewListingsCommand)
  .addCommand(evaluateForecastCommand)
  .addCommand(evaluateTopNCommand)
  .addCommand(evaluateNextItemCommand)
  .addCommand(evaluateCtrCommand)
  .addCommand(evaluateLtrCommand)
  .addCommand(evaluateBiddingCommand)
  .addCommand(evaluatePolicyCommand)
  .addCommand(evaluateUpliftCommand);
