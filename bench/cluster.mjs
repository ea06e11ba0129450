// What several replicas cost: the CPU of a delivery beside that of a single process, the way over the stream beside a bare
// NATS publication, and how many publications a second the stream takes. Starts everything by itself on loopback.
//
//   node bench/cluster.mjs [--replicas 1,2,3] [--sessions 500] [--rate 50] [--seconds 10] [--app FOLDER]
//
// Prints a line of JSON for each figure. All figures of one run belong together; those of two runs do not.

import {randomBytes, randomUUID} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {Agent, request} from 'node:http';
import {createRequire} from 'node:module';
import {connect} from 'node:net';
import {parseArgs} from 'node:util';
import {sleep, Stage, until} from './faults/stage.mjs';

const nats = createRequire(new URL('../src/test/js/package.json', import.meta.url))('nats');

const {values} = parseArgs({
  options: {
    replicas: {type: 'string', default: '1,2,3'},
    sessions: {type: 'string', default: '500'},
    rate: {type: 'string', default: '50'},
    seconds: {type: 'string', default: '10'},
    app: {type: 'string', default: process.env.SWITCHBOARD_APP ?? ''},
  },
});
const [sessions, rate, seconds] = ['sessions', 'rate', 'seconds'].map((name) => Number(values[name]));
const counts = values.replicas.split(',').map(Number);
const TOPIC = 'updates.bench';
const TEXT = 'x'.repeat(180);
const PING_PONGS = 500;
const IN_FLIGHT = 64;
const PATIENCE = 60_000;

const print = (figure) => console.log(JSON.stringify(figure));
const round = (number, digits = 2) => Number(number.toFixed(digits));

function percentiles(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part) => round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))], 3);
  return {p50_ms: at(0.5), p99_ms: at(0.99)};
}

/** CPU time of a process up to now, in seconds. */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** A subscriber that only counts what comes: a WebSocket client as cheap as it can be. */
class Counter {
  bytes = 0;
  onData = () => {};

  async open(port, token) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.write(
      `GET /ws?token=${token} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
    let text = '';
    this.socket.on('data', (data) => {
      this.bytes += data.length;
      if (text !== null) {
        text += data.toString('latin1');
      }
      this.onData();
    });
    await until('a subscriber is greeted', PATIENCE, () => text.includes('"connected"'));
    this.#send({type: 'Subscribe', id: 's', data: {topics: [TOPIC]}});
    await until('a subscriber is subscribed', PATIENCE, () => text.includes('"Ack"'));
    text = null;
    return this;
  }

  #send(message) {
    const payload = Buffer.from(JSON.stringify(message));
    const mask = randomBytes(4);
    const head = Buffer.from([0x81, 0x80 | payload.length]);
    this.socket.write(Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i % 4])]));
  }
}

const agent = new Agent({keepAlive: true, maxSockets: 2 * IN_FLIGHT});

/** Publishes a message by HTTP; waits until it has its place. */
function publish(port, token) {
  const body = JSON.stringify({topic: TOPIC, payload: TEXT});
  return new Promise((done, failed) => {
    const asked = request(
      {
        port,
        host: '127.0.0.1',
        path: '/api/v1/events/publish',
        method: 'POST',
        agent,
        headers: {Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body)},
      },
      (response) => {
        response.resume();
        response.on('end', () => (response.statusCode === 202 ? done() : failed(new Error(`status ${response.statusCode}`))));
      },
    );
    asked.on('error', failed);
    asked.end(body);
  });
}

/** Deliveries to many sessions at a fixed rate: what each process takes for one. */
async function deliveries(stage, name) {
  const token = stage.token('reader');
  const service = stage.token('service', {roles: ['publisher']});
  const counters = [];
  for (const replica of stage.replicas) {
    for (let i = 0; i < sessions; i += 50) {
      counters.push(...(await Promise.all(Array.from({length: Math.min(50, sessions - i)}, () => new Counter().open(replica.port, token)))));
    }
  }
  // the first events make the compiler look at what follows
  const send = async (events) => {
    const begin = performance.now();
    for (let i = 0; i < events; i++) {
      await publish(stage.replicas[i % stage.replicas.length].port, service);
      await sleep(Math.max(0, begin + ((i + 1) * 1000) / rate - performance.now()));
    }
  };
  await send(rate * seconds);
  const before = counters.map((counter) => counter.bytes);
  await publish(stage.replicas[0].port, service);
  await until('everybody has one event', PATIENCE, () => counters.every((counter, i) => counter.bytes > before[i]));
  await sleep(500);
  const one = counters.map((counter, i) => counter.bytes - before[i]);
  const start = counters.map((counter) => counter.bytes);
  const cpus = stage.replicas.map((replica) => cpu(replica.program.pid));
  const events = rate * seconds;
  await send(events);
  // an offset may have a digit more than before
  await until('everybody has all events', PATIENCE, () => counters.every((counter, i) => counter.bytes - start[i] >= events * (one[i] - 4)));
  const micros = stage.replicas.map((replica, i) => ((cpu(replica.program.pid) - cpus[i]) * 1e6) / (events * sessions));
  counters.forEach((counter) => counter.socket.destroy());
  print({figure: 'delivery', servers: name, sessions_per_replica: sessions, events_per_second: rate, cpu_us_per_delivery: micros.map((one) => round(one))});
}

/** From publishing at the first replica to the socket of a subscriber of the last one, one message after the other. */
async function latency(stage, name) {
  const counter = await new Counter().open(stage.replicas.at(-1).port, stage.token('reader'));
  const service = stage.token('service', {roles: ['publisher']});
  const times = [];
  for (let i = 0; i < 2 * PING_PONGS; i++) {
    const begin = performance.now();
    const arrived = new Promise((done) => (counter.onData = done));
    const placed = publish(stage.replicas[0].port, service);
    await arrived;
    if (i >= PING_PONGS) {
      times.push(performance.now() - begin);
    }
    await placed;
  }
  counter.socket.destroy();
  print({figure: 'latency', servers: name, ...percentiles(times)});
}

/** A bare publication of NATS, from one connection to another. */
async function bareNats(stage) {
  const [from, to] = await Promise.all([0, 1].map(() => nats.connect({servers: `127.0.0.1:${stage.natsPorts[0]}`})));
  let arrived = () => {};
  to.subscribe('bare', {callback: () => arrived()});
  await to.flush();
  const times = [];
  for (let i = 0; i < 2 * PING_PONGS; i++) {
    const begin = performance.now();
    const heard = new Promise((done) => (arrived = done));
    from.publish('bare', TEXT);
    await heard;
    if (i >= PING_PONGS) {
      times.push(performance.now() - begin);
    }
  }
  print({figure: 'latency', servers: 'bare NATS', ...percentiles(times)});
  await Promise.all([from.close(), to.close()]);
}

/** As many publications as are answered in a while, with many under way. */
async function throughput(name, one) {
  let answered = 0;
  let over = false;
  const work = async () => {
    while (!over) {
      await one();
      answered++;
    }
  };
  const workers = Array.from({length: IN_FLIGHT}, work);
  await sleep(2000);
  const before = answered;
  const begin = performance.now();
  await sleep(seconds * 1000);
  const perSecond = ((answered - before) * 1000) / (performance.now() - begin);
  over = true;
  await Promise.all(workers);
  print({figure: 'publications', way: name, in_flight: IN_FLIGHT, per_second: Math.round(perSecond)});
}

async function measure(replicas) {
  const stage = new Stage(values.app);
  const name = replicas === 0 ? 'single process' : `${replicas} replica${replicas > 1 ? 's' : ''}`;
  try {
    if (replicas > 0) {
      await Promise.all([stage.startNats(), stage.startPostgres()]);
    }
    await stage.startReplicas(Math.max(1, replicas), {alone: replicas === 0});
    await latency(stage, name);
    await deliveries(stage, name);
    if (replicas <= 1) {
      const service = stage.token('service', {roles: ['publisher']});
      await throughput(`HTTP, ${name}`, () => publish(stage.replicas[0].port, service));
    }
    if (replicas === 1) {
      await bareNats(stage);
      const connection = await nats.connect({servers: `127.0.0.1:${stage.natsPorts[0]}`});
      const stream = connection.jetstream();
      const message = JSON.stringify({topic: TOPIC, payload: TEXT});
      await throughput('JetStream', () => stream.publish('switchboard.events.publish', message, {msgID: randomUUID()}));
      await connection.close();
    }
  } finally {
    stage.endNow();
  }
}

setTimeout(() => {
  console.error('cluster: not done after 20 minutes');
  process.exit(1);
}, 1_200_000).unref();

for (const replicas of [0, ...counts]) {
  await measure(replicas);
}
process.exit(0);
