// Starts a cluster, lets something in it fail while services publish and clients listen, and compares what was accepted with what
// every client has seen. README.md explains the scenarios and the numbers.
//
//   node faults.mjs <scenario>... [options]
//
// Prints a line of JSON for each scenario. Exits with 0 if nothing was lost, duplicated or out of order in any of them. Talks to
// 127.0.0.1 only.

import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {CellsClient, Publisher, Publishers, RealtimeClient, TOPIC} from './load.mjs';
import {percentiles, reconcile, reconcileNodes} from './reconcile.mjs';
import {sleep, Stage, until} from './stage.mjs';

const LEASE = 5_000;
const PATIENCE = 60_000;
const MODES = ['refuse', 'swallow', 'stall'];

/** What a scenario does unless options say otherwise; the deadline is in seconds. */
const SCENARIOS = {
  kill: {run: kill, replicas: 2, clients: 20, publishers: 4, rate: 100, rounds: 2, deadline: 300},
  'nats-restart': {run: natsRestart, replicas: 2, clients: 20, publishers: 4, rate: 100, rounds: 2, deadline: 300},
  cut: {run: cut, replicas: 2, clients: 20, publishers: 4, rate: 100, rounds: 1, seconds: 30, deadline: 600, lines: true},
  'postgres-restart': {run: postgresRestart, replicas: 2, clients: 20, publishers: 4, rate: 100, rounds: 2, deadline: 300},
  merge: {run: merge, replicas: 2, clients: 4, nodes: 1000, deadline: 300},
  rolling: {run: rolling, replicas: 3, clients: 5000, publishers: 3, rate: 3, rounds: 1, deadline: 900, settings: ['switchboard.drain.window=10s']},
  leader: {run: leader, replicas: 2, servers: 3, clients: 20, publishers: 4, rate: 100, rounds: 2, deadline: 300},
};
const NUMBERS = ['clients', 'publishers', 'rate', 'rounds', 'seconds', 'nodes', 'deadline'];

function usage(why) {
  console.error(`faults: ${why}
usage: node faults.mjs <scenario>... [options]
  scenarios: ${Object.keys(SCENARIOS).join(', ')}
  --clients N      clients, in all
  --publishers N   publishers, each of which waits for each answer
  --rate N         messages a second of all publishers together
  --rounds N       how often something fails
  --seconds N      cut: how long a replica is cut off each time
  --modes A,B      cut: how (${MODES.join(', ')}; all of them)
  --nodes N        merge: how many nodes
  --set KEY=VALUE  a setting of the replicas; may be repeated
  --app FOLDER     the packaged server (target/quarkus-app)
  --logs FOLDER    where the output of all servers is kept
  --deadline N     seconds after which a scenario has failed`);
  process.exit(2);
}

function readArguments() {
  const options = {
    set: {type: 'string', multiple: true, default: []},
    app: {type: 'string', default: process.env.SWITCHBOARD_APP ?? ''},
    logs: {type: 'string', default: ''},
    modes: {type: 'string', default: MODES.join(',')},
  };
  NUMBERS.forEach((name) => (options[name] = {type: 'string'}));
  let parsed;
  try {
    parsed = parseArgs({options, allowPositionals: true});
  } catch (error) {
    usage(error.message);
  }
  const {values, positionals: names} = parsed;
  for (const name of NUMBERS.filter((one) => values[one] !== undefined)) {
    if (!/^[1-9][0-9]*$/.test(values[name])) {
      usage(`--${name} needs a number of at least 1`);
    }
    values[name] = Number(values[name]);
  }
  values.modes = values.modes.split(',');
  if (names.length === 0 || !names.every((name) => Object.hasOwn(SCENARIOS, name)) || !values.modes.every((mode) => MODES.includes(mode))) {
    usage('name at least one scenario, and modes that there are');
  }
  return {names, values: {...values}};
}

const began = performance.now();
const say = (text) => console.error(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);
const since = (moment) => Math.round(performance.now() - moment);

const allReady = async ({replicas}) => (await Promise.all(replicas.map((replica) => replica.ready()))).every((status) => status === 200);

/** Clients that listen and publishers that publish while something happens; what became of it all. */
async function underLoad(stage, options, happens) {
  const clients = Array.from(
    {length: options.clients},
    (_, i) => new RealtimeClient(`client-${i}`, stage.replicas, stage.token(`client-${i}`), i),
  );
  for (let first = 0; first < clients.length; first += 100) {
    await Promise.all(clients.slice(first, first + 100).map((client) => client.start()));
  }
  say(`${clients.length} clients are subscribed`);
  const publishers = new Publishers(stage, options.publishers, options.rate, say);
  const goOn = async (millis) => {
    await sleep(millis);
    if (publishers.failure) {
      throw publishers.failure;
    }
  };
  const caughtUp = async (what) => {
    const count = publishers.accepted.length;
    await until(`all clients have ${what}`, PATIENCE, () => clients.every((client) => client.live && client.received.length >= count));
  };
  await goOn(1_000);
  const more = (await happens({clients, publishers, goOn, caughtUp})) ?? {};
  await goOn(2_000);
  await publishers.stop();
  // what comes behind a last message of each replica comes too late to count
  const last = new Publisher(stage.replicas, stage.token('publisher', {roles: ['publisher']}));
  for (let i = 0; i < stage.replicas.length; i++) {
    await last.publish('/api/v1/events/publish', `last-${i}`, {topic: TOPIC, payload: {publisher: 'last', serial: i}}, i);
    publishers.accepted.push({publisher: 'last', serial: i});
  }
  try {
    await caughtUp('everything');
  } catch (error) {
    say(error.message);
  }
  clients.forEach((client) => client.stop());
  const sum = (of) => clients.reduce((total, client) => total + of(client), 0);
  const counts = (of) => {
    const all = {};
    clients.forEach((client) => Object.entries(of(client)).forEach(([why, count]) => (all[why] = (all[why] ?? 0) + count)));
    return all;
  };
  return {
    clients: clients.length,
    retried: publishers.retried,
    accepted_ms: percentiles(publishers.took),
    longest_pause_ms: Math.round(publishers.pause),
    ...reconcile(publishers.accepted, clients),
    recovered_clients: clients.filter((client) => client.recoveries.length > 0).length,
    recoveries: sum((client) => client.recoveries.length),
    told: sum((client) => client.told),
    recovered_ms: percentiles(clients.flatMap((client) => client.recoveries)),
    caught_up_ms: percentiles(clients.flatMap((client) => client.caughtUp)),
    closes: counts((client) => client.codes),
    refused: counts((client) => client.refused),
    ...more,
  };
}

async function kill(stage, options) {
  return underLoad(stage, options, async ({goOn, caughtUp}) => {
    const ready = [];
    for (let round = 0; round < options.rounds; round++) {
      const replica = stage.replicas[round % stage.replicas.length];
      say(`killing ${replica.program.name}`);
      await replica.end('SIGKILL');
      const killed = performance.now();
      await goOn(1_000);
      await replica.start();
      ready.push(since(killed));
      say('it is back');
      await caughtUp('what was accepted until it was back');
      await goOn(1_000);
    }
    return {ready_again_after_ms: ready};
  });
}

/** Ends something for 3 s, and waits until all replicas are ready again. */
function restartOf(what, end, start) {
  return (stage, options) =>
    underLoad(stage, options, async ({goOn, caughtUp}) => {
      const ready = [];
      for (let round = 0; round < options.rounds; round++) {
        say(`ending ${what}`);
        const again = await end(stage);
        await goOn(3_000);
        await start(stage, again);
        const started = performance.now();
        say(`${what} is back`);
        await until('all replicas are ready again', PATIENCE, () => allReady(stage));
        ready.push(since(started));
        await caughtUp(`what was accepted until ${what} was back`);
        await goOn(3_000);
      }
      return {ready_again_after_ms: ready};
    });
}

function natsRestart(...all) {
  return restartOf(
    'NATS',
    (stage) => stage.nats[0].end('SIGTERM'),
    (stage) => stage.startNatsAgain(0),
  )(...all);
}

function postgresRestart(...all) {
  return restartOf(
    'PostgreSQL',
    (stage) => stage.postgres.end('SIGINT'),
    (stage) => stage.startPostgresAgain(),
  )(...all);
}

function leader(...all) {
  return restartOf(
    "the leader of the log's stream",
    async (stage) => {
      let at = -1;
      await until('the stream has a leader', PATIENCE, async () => (at = await stage.leaderOf('switchboard-log')) >= 0);
      say(`that is ${stage.nats[at].name}`);
      await stage.nats[at].end('SIGKILL');
      const killed = performance.now();
      await until('another one leads', PATIENCE, async () => {
        const now = await stage.leaderOf('switchboard-log');
        return now >= 0 && now !== at;
      });
      say(`another one leads after ${since(killed)} ms`);
      return at;
    },
    (stage, at) => stage.startNatsAgain(at),
  )(...all);
}

async function cut(stage, options) {
  return underLoad(stage, options, async ({publishers, goOn, caughtUp}) => {
    const times = [];
    const wrong = [];
    const [away, other] = stage.replicas;
    for (let round = 0; round < options.rounds; round++) {
      for (const mode of options.modes) {
        say(`cutting ${away.program.name} off: ${mode}`);
        const before = publishers.accepted.length;
        const begun = performance.now();
        await away.line.cut(mode);
        await until('it is not ready', LEASE * 3, async () => (await away.ready()) === 503);
        const notReady = since(begun);
        while (performance.now() - begun < options.seconds * 1000) {
          if ((await away.ready()) === 200) {
            wrong.push(`${mode}: a replica that was cut off said that it was ready after ${since(begun)} ms`);
          }
          if ((await other.ready()) !== 200) {
            wrong.push(`${mode}: the other replica was not ready after ${since(begun)} ms`);
          }
          await goOn(500);
        }
        const meanwhile = publishers.accepted.length - before;
        await away.line.mend();
        const mended = performance.now();
        say(`mended; ${meanwhile} were accepted meanwhile`);
        if (meanwhile === 0) {
          wrong.push(`${mode}: nothing was accepted while one replica was cut off`);
        }
        await until('it is ready again', PATIENCE, async () => (await away.ready()) === 200);
        const ready = since(mended);
        await caughtUp('what was accepted meanwhile');
        times.push({mode, not_ready_after_ms: notReady, accepted: meanwhile, ready_again_after_ms: ready, caught_up_after_ms: since(mended)});
        await goOn(1_000);
      }
    }
    return {cuts: times, wrong};
  });
}

async function rolling(stage, options) {
  return underLoad(stage, options, async ({clients, goOn, caughtUp}) => {
    const ends = [];
    for (let round = 0; round < options.rounds; round++) {
      for (const replica of stage.replicas) {
        const at = stage.replicas.indexOf(replica);
        say(`telling ${replica.program.name} with ${clients.filter((client) => client.at === at).length} clients to end`);
        const told = performance.now();
        await replica.end('SIGTERM');
        ends.push(since(told));
        await replica.start();
        say('it is back');
        await caughtUp('what was accepted until it was back');
        await goOn(1_000);
      }
    }
    return {ended_after_ms: ends};
  });
}

async function merge(stage, options) {
  const workspace = 'faults';
  const node = (uuid) => ({
    Uuid: uuid,
    Path: `ds/${uuid}`,
    Type: 'LEAF',
    MetaStore: {name: JSON.stringify(uuid)},
    AppearsIn: [{WsUuid: workspace, WsSlug: workspace, Path: uuid}],
  });
  const clients = Array.from({length: options.clients}, (_, i) => {
    const replica = stage.replicas[i % stage.replicas.length];
    return new CellsClient(`cells-${i}`, replica, stage.token(`client-${i}`, {workspaces: [workspace]}));
  });
  const publisher = new Publisher(stage.replicas, stage.token('publisher', {roles: ['publisher']}));
  const publish = (key, event, at) => publisher.publish('/api/v1/events/tree', key, event, at);
  // signing in has no answer: what is published until all have seen some of it
  for (let i = 0, sent = 0; !clients.every(({received}) => received.length > 0); i++) {
    if (performance.now() - sent > 500) {
      sent = performance.now();
      await publish(`first-${i}`, {Type: 'DELETE', Source: node(`first-${i}`)}, i);
    }
    await sleep(50);
  }
  say(`${clients.length} clients have signed in`);
  const uuids = Array.from({length: options.nodes}, (_, i) => `node-${i}`);
  let next = 0;
  const worker = async () => {
    while (next < uuids.length) {
      const i = next++;
      await publish(`${uuids[i]}-change`, {Type: 'UPDATE_META', Target: node(uuids[i])}, i);
      await sleep(Math.random() * 900);
      await publish(`${uuids[i]}-end`, {Type: 'DELETE', Source: node(uuids[i])}, i + 1);
    }
  };
  await Promise.all(Array.from({length: 50}, worker));
  // held for as long as any of the changes would be
  await publish('last-change', {Type: 'UPDATE_META', Target: node('last')}, 0);
  const all = ({received}) => received.filter(({uuid}) => uuid.startsWith('node-')).length >= uuids.length * 2;
  try {
    await until('all clients have everything', PATIENCE, () =>
      clients.every((client) => all(client) && client.received.some(({uuid}) => uuid === 'last')),
    );
  } catch (error) {
    say(error.message);
  }
  const closed = clients.filter((client) => client.closed > 0).map(({name}) => `${name} was closed`);
  clients.forEach((client) => client.stop());
  return {clients: clients.length, retried: publisher.retried, ...reconcileNodes(uuids, clients), wrong: closed};
}

let stage = null;
let logs = '';

function clear() {
  const ending = stage;
  stage = null;
  ending?.endNow(logs);
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(signal, () => {
    clear();
    process.exit(code);
  });
}
process.on('uncaughtException', (error) => {
  console.error(`faults: ${error.stack}`);
  clear();
  process.exit(1);
});

/** Runs one; whether it went well. */
async function run(name, values) {
  const {run: scenario, ...defaults} = SCENARIOS[name];
  const options = {...defaults, ...values};
  const begun = performance.now();
  let result;
  let timeout;
  try {
    logs = values.logs && join(values.logs, name);
    stage = new Stage(values.app);
    const deadline = new Promise((_, failed) => {
      timeout = setTimeout(() => failed(new Error(`it took more than ${options.deadline} s`)), options.deadline * 1000);
    });
    const whole = async () => {
      say(`${name}: starting servers`);
      await Promise.all([stage.startNats(options.servers), stage.startPostgres()]);
      const settings = [...(defaults.settings ?? []), ...values.set];
      if (options.servers) {
        settings.push('switchboard.cluster.stream.replicas=3');
      }
      await stage.startReplicas(options.replicas, {lines: options.lines, settings});
      return scenario(stage, options);
    };
    result = await Promise.race([whole(), deadline]);
    result.good &&= (result.wrong ?? []).length === 0;
  } catch (error) {
    result = {good: false, failed: error.message};
  } finally {
    clearTimeout(timeout);
    clear();
  }
  const {good, ...rest} = result;
  console.log(JSON.stringify({scenario: name, good, seconds: Math.round((performance.now() - begun) / 1000), replicas: options.replicas, ...rest}));
  return good;
}

const {names, values} = readArguments();
let good = true;
for (const name of names) {
  good = (await run(name, values)) && good;
  // what went on behind a deadline ends with the process
  if (!good) {
    break;
  }
}
process.exit(good ? 0 : 1);
