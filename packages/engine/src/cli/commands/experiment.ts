/** `rialto experiment`: changes proven by experiment. */
import { Command } from 'commander';
import { experimentAnalyseCommand } from './experiment-analyse.ts';

export const experimentCommand = new Command('experiment')
  .description('experiments: what a change did')
  .addCommand(experimentAnalyseCommand);
