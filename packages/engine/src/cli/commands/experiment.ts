/** `rialto experiment`: changes proven by experiment. */
import { Command } from 'commander';
import { experimentAnalyseCommand } from './experiment-analyse.ts';
import { experimentPlanCommand } from './experiment-plan.ts';
import { experimentPriorCommand } from './experiment-prior.ts';

export const experimentCommand = new Command('experiment')
  .description('experiments: what a change did')
  .addCommand(experimentAnalyseCommand)
  .addCommand(experimentPlanCommand)
  .addCommand(experimentPriorCommand);
