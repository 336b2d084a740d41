/** `rialto buyers erase`: somebody who is to be forgotten. */
import { Command } from 'commander';
import { id } from '../../wire/field.ts';
import { validate } from '../../wire/validate.ts';
import { atPlace, type PlaceOptions, placeCommand } from '../server-or-directory.ts';

interface EraseFlags extends PlaceOptions {
  readonly session?: boolean;
  readonly json?: boolean;
}

const ERASE_HELP = `
What the buyer did, bought, wished not to see and searched for is forgotten at once; what was done before and comes late is billed,
and teaches nothing. Old records of the log keep the id: docs/operating.md tells what stays where.

Examples:
  rialto buyers erase 17850
  rialto buyers erase 5f0c9a52-session --session --url http://localhost:4400`;

const eraseCommand = placeCommand('erase', 'forget a buyer, or a session, at once', ERASE_HELP)
  .argument('<id>', 'as events name it')
  .option('--session', 'the id is of a session')
  .action(async (text: string, { session, json, ...place }: EraseFlags) => {
    const named = validate(id(), text);
    const who = session === true ? { session: named } : { buyer: named };
    const { known } = await atPlace(place, {
      server: (client) => client.erase(who),
      directory: (engine) => engine.erase(who, 'rialto buyers'),
    });
    const name = `${session === true ? 'session' : 'buyer'} ${JSON.stringify(named)}`;
    if (json === true) process.stdout.write(`${JSON.stringify({ ...who, known })}\n`);
    else process.stdout.write(known ? `${name} is forgotten\n` : `nothing was known of ${name}\n`);
  });

export const buyersCommand = new Command('buyers').description('forget buyers who ask for it').addCommand(eraseCommand);
