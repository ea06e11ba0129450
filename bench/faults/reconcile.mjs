// Compares what publishers were promised with what clients have seen. Knows nothing of servers.

const MOST_FINDINGS = 20;

/** Collects sentences about what is wrong, the first ones of each kind. */
class Findings {
  #all = [];

  add(text) {
    if (this.#all.length < MOST_FINDINGS) {
      this.#all.push(text);
    }
  }

  list() {
    return this.#all;
  }
}

const keyOf = ({publisher, serial}) => `${publisher}/${serial}`;

/** The order of messages that all must have seen: that of the client that saw most of them. */
function commonOrder(clients) {
  let order = new Map();
  for (const {received} of clients) {
    if (received.length > order.size) {
      const own = new Map();
      received.forEach((message) => {
        const key = keyOf(message);
        if (!own.has(key)) {
          own.set(key, own.size);
        }
      });
      if (own.size > order.size) {
        order = own;
      }
    }
  }
  return order;
}

/**
 * Whether every client has seen everything that was accepted, once and in order.
 *
 * - lost: a message that was accepted and that a client has not seen; and a recovery of which the server said that it was
 *   incomplete
 * - duplicated: a message that a client saw again
 * - disordered: a message that a client saw behind one that comes later, by the positions that the server gave them, by what the
 *   other clients saw, or by the serial number of its publisher, who waited for each answer; and one whose position is another one
 *   than with other clients
 * - unaccepted: a message that a client saw and that was never accepted
 *
 * @param accepted {publisher, serial} of each message, once
 * @param clients {name, received: [{publisher, serial, id, offset, epoch}], incomplete}, in the order in which they saw them
 */
export function reconcile(accepted, clients) {
  const findings = new Findings();
  const promised = new Set(accepted.map(keyOf));
  const order = commonOrder(clients);
  const positions = new Map();
  const total = {lost: 0, duplicated: 0, disordered: 0, unaccepted: 0, incomplete: 0};
  let least = clients.length === 0 ? 0 : Infinity;
  let most = 0;
  for (const {name, received, incomplete = 0} of clients) {
    const seen = new Set();
    const ids = new Set();
    const serials = new Map();
    const offsets = new Map();
    let rank = -1;
    for (const message of received) {
      const key = keyOf(message);
      if (seen.has(key) || ids.has(message.id)) {
        total.duplicated++;
        findings.add(`${name} saw ${key} again at ${message.epoch}:${message.offset}`);
        continue;
      }
      seen.add(key);
      ids.add(message.id);
      if (!promised.has(key)) {
        total.unaccepted++;
        findings.add(`${name} saw ${key}, which was never accepted`);
        continue;
      }
      const why = [];
      const position = `${message.epoch}:${message.offset} ${message.id}`;
      const elsewhere = positions.get(key);
      if (elsewhere === undefined) {
        positions.set(key, position);
      } else if (elsewhere !== position) {
        why.push(`is at ${position} and with others at ${elsewhere}`);
      }
      if (message.offset <= (offsets.get(message.epoch) ?? -1)) {
        why.push(`at ${message.offset} behind ${offsets.get(message.epoch)}`);
      }
      offsets.set(message.epoch, Math.max(message.offset, offsets.get(message.epoch) ?? -1));
      if (message.serial <= (serials.get(message.publisher) ?? -1)) {
        why.push(`behind number ${serials.get(message.publisher)} of its publisher`);
      }
      serials.set(message.publisher, Math.max(message.serial, serials.get(message.publisher) ?? -1));
      const place = order.get(key) ?? rank + 1;
      if (place <= rank) {
        why.push('behind one that others saw later');
      }
      rank = Math.max(rank, place);
      if (why.length > 0) {
        total.disordered++;
        findings.add(`${name} saw ${key} out of order: ${why.join('; ')}`);
      }
    }
    for (const key of promised) {
      if (!seen.has(key)) {
        total.lost++;
        findings.add(`${name} never saw ${key}`);
      }
    }
    if (incomplete > 0) {
      total.lost += incomplete;
      total.incomplete += incomplete;
      findings.add(`${name} was told ${incomplete} times that its recovery was incomplete`);
    }
    least = Math.min(least, seen.size);
    most = Math.max(most, seen.size);
  }
  return {
    accepted: promised.size,
    received_min: least,
    received_max: most,
    ...total,
    good: total.lost + total.duplicated + total.disordered + total.unaccepted === 0,
    findings: findings.list(),
  };
}

/**
 * Whether every client has seen of each node its change once and then, as the last, its end, once.
 *
 * @param nodes uuids of nodes that were changed and then deleted, both accepted
 * @param clients {name, received: [{uuid, type}]}
 */
export function reconcileNodes(nodes, clients) {
  const findings = new Findings();
  const total = {lost: 0, duplicated: 0, disordered: 0};
  let least = clients.length === 0 ? 0 : Infinity;
  let most = 0;
  for (const {name, received} of clients) {
    const byNode = new Map(nodes.map((uuid) => [uuid, []]));
    received.forEach(({uuid, type}) => byNode.get(uuid)?.push(type));
    let count = 0;
    for (const [uuid, types] of byNode) {
      count += types.length;
      const ends = types.filter((type) => type === 'DELETE').length;
      const changes = types.length - ends;
      const lost = (ends === 0 ? 1 : 0) + (changes === 0 ? 1 : 0);
      const again = Math.max(0, ends - 1) + Math.max(0, changes - 1);
      const behind = ends > 0 ? types.length - 1 - types.lastIndexOf('DELETE') : 0;
      total.lost += lost;
      total.duplicated += again;
      total.disordered += behind;
      if (lost + again + behind > 0) {
        findings.add(`${name} saw of ${uuid}: ${types.join(', ') || 'nothing'}`);
      }
    }
    least = Math.min(least, count);
    most = Math.max(most, count);
  }
  return {
    accepted: nodes.length * 2,
    received_min: least,
    received_max: most,
    ...total,
    good: total.lost + total.duplicated + total.disordered === 0,
    findings: findings.list(),
  };
}

/** The p50, p99 and the most of some numbers, in whole ones; null where there are none. */
export function percentiles(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (part) =>
    sorted.length === 0 ? null : Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]);
  return {p50: at(0.5), p99: at(0.99), max: at(1)};
}
