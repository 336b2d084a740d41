/** `rialto experiment`: changes proven by experiment, from the definition to what it did. */
import { Command } from 'commander';
import { experimentAnalyseCommand } from './experiment-analyse.ts';
import { experimentGhostAdsCommand } from './experiment-ghost-ads.ts';
import { experimentOutcomesCommand } from './experiment-outcomes.ts';
import { experimentPlanCommand } from './experiment-plan.ts';
import { experimentPriorCommand } from './experiment-prior.ts';
import { createCommand, guardCommand, startCommand, statusCommand, stopCommand } from './experiment-run.ts';

export const experimentCommand = new Command('experiment')
  .description('experiments and feature flags: plan, create, start and stop them, and see what a change did')
  .addCommand(createCommand)
  .addCommand(startCommand)
  .addCommand(stopCommand)
  .addCommand(statusCommand)
  .addCommand(guardCommand)
  .addCommand(experimentOutcomesCommand)
  .addCommand(experimentAnalyseCommand)
  .addCommand(experimentPlanCommand)
  .addCommand(experimentPriorCommand)
  .addCommand(experimentGhostAdsCommand);
