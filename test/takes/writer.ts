/** Adds takes to a ledger that other processes write to as well: `writer.ts <ledger> <name> <count>`. */
import { openLedger } from '../../src/takes/ledger.ts';

const [, , path, name, count] = process.argv;
const ledger = openLedger(path);
for (let i = 0; i < Number(count); i++) {
  ledger.database.transaction(() => {
    const before = ledger.takes().length;
    ledger.addTake({ shot: String(before), note: name });
    if (ledger.takes().length !== before + 1) process.exit(3);
  });
}
ledger.close();
