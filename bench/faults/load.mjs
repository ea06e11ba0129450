// Who publishes and who listens while something fails.

import {Agent, request} from 'node:http';
import {createRequire} from 'node:module';
import {sleep} from './stage.mjs';

const WebSocket = createRequire(new URL('../peers/package.json', import.meta.url))('ws');

export const TOPIC = 'updates.faults';

const ANSWER_PATIENCE = 15_000;
const CONNECT_PATIENCE = 15_000;
const RETRY = 100;
const AVOIDED = 10_000;

/** A pause that is worth a line. */
const LONG_PAUSE = 2_000;
const MOST_DELAY = 2_000;

const agent = new Agent({keepAlive: true, maxSockets: 256});

/** The answer to a POST of JSON: its status, 0 where there was none, and how long to wait before the next try. */
function post(port, path, token, key, body) {
  return new Promise((done) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: 'POST',
        agent,
        timeout: ANSWER_PATIENCE,
        headers: {
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(body),
          Authorization: `Bearer ${token}`,
          'Idempotency-Key': key,
        },
      },
      (response) => {
        response.resume();
        response.on('end', () => done({status: response.statusCode, retryAfter: Number(response.headers['retry-after'] ?? 0) * 1000}));
        response.on('error', () => done({status: 0, retryAfter: 0}));
      },
    );
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => done({status: 0, retryAfter: 0}));
    asked.end(body);
  });
}

/** Publishes through any of some replicas until one has accepted it; the same key every time. */
export class Publisher {
  #replicas;
  #token;
  #failedAt;
  retried = 0;

  constructor(replicas, token) {
    this.#replicas = replicas;
    this.#token = token;
    this.#failedAt = replicas.map(() => -Infinity);
  }

  /** The replica to ask: the one that is wished, unless it has failed a moment ago and another one has not. */
  #choose(wished) {
    const now = performance.now();
    const all = this.#replicas.map((_, i) => (wished + i) % this.#replicas.length);
    return all.find((i) => now - this.#failedAt[i] > AVOIDED) ?? all.sort((a, b) => this.#failedAt[a] - this.#failedAt[b])[0];
  }

  /** @param wished the index of the replica to begin with */
  async publish(path, key, event, wished) {
    const body = JSON.stringify(event);
    for (;;) {
      const at = this.#choose(wished);
      const {status, retryAfter} = await post(this.#replicas[at].port, path, this.#token, key, body);
      if (status === 202) {
        return;
      }
      if (status !== 503 && status !== 0) {
        throw new Error(`publishing was answered with ${status}`);
      }
      this.retried++;
      this.#failedAt[at] = performance.now();
      await sleep(Math.max(RETRY, Math.min(retryAfter, 1000)));
    }
  }
}

/** Publishers of numbered messages on the topic, each waiting for the answer before its next one. */
export class Publishers {
  #over = false;
  #all = [];
  #publishers = [];
  #say;
  #acceptedAt = performance.now();
  accepted = [];
  /** How long each took until it was accepted, from the first try on, in ms. */
  took = [];
  /** The longest time in which nothing was accepted, in ms. */
  pause = 0;
  failure = null;

  /** @param perSecond messages of all together */
  constructor(stage, count, perSecond, say) {
    this.#say = say;
    const token = stage.token('publisher', {roles: ['publisher']});
    const pause = (1000 * count) / perSecond;
    for (let name = 0; name < count; name++) {
      const publisher = new Publisher(stage.replicas, token);
      this.#publishers.push(publisher);
      this.#all.push(
        this.#run(`p${name}`, publisher, pause).catch((error) => {
          this.failure = error;
        }),
      );
    }
  }

  async #run(name, publisher, pause) {
    await sleep(Math.random() * pause);
    for (let serial = 0, due = performance.now(); !this.#over; serial++) {
      const begun = performance.now();
      // through all replicas in turn, so that numbers of one publisher meet in the log
      await publisher.publish('/api/v1/events/publish', `${name}-${serial}`, {topic: TOPIC, payload: {publisher: name, serial}}, serial);
      const now = performance.now();
      this.accepted.push({publisher: name, serial});
      this.took.push(now - begun);
      const pause = now - this.#acceptedAt;
      this.pause = Math.max(this.pause, pause);
      if (pause > LONG_PAUSE) {
        this.#say(`nothing was accepted for ${(pause / 1000).toFixed(1)} s`);
      }
      this.#acceptedAt = now;
      due = Math.max(due + pause, performance.now() - pause);
      await sleep(Math.max(0, due - performance.now()));
    }
  }

  get retried() {
    return this.#publishers.reduce((sum, one) => sum + one.retried, 0);
  }

  /** Waits until what is on its way was accepted. */
  async stop() {
    this.#over = true;
    await Promise.all(this.#all);
    if (this.failure) {
      throw this.failure;
    }
  }
}

/** A client of the Realtime protocol that keeps its place, and comes back to another replica when its connection ends. */
export class RealtimeClient {
  #replicas;
  #token;
  #at;
  #socket = null;
  #place = null;
  #lostAt = 0;
  #openedAt = 0;
  #told = false;
  #delay = 0;
  #over = false;
  #begun;
  received = [];
  incomplete = 0;
  recoveries = [];
  /** Connections that did not come about, by why. */
  refused = {};
  /** How long it took from a connection's opening until it was recovered, in ms. */
  caughtUp = [];
  told = 0;
  codes = {};
  /** Whether it is subscribed, and has what it missed. */
  live = false;

  constructor(name, replicas, token, first) {
    this.name = name;
    this.#replicas = replicas;
    this.#token = token;
    this.#at = first;
  }

  /** The index of the replica that it is connected to. */
  get at() {
    return this.#at % this.#replicas.length;
  }

  /** Connects; completes when it is subscribed. */
  start() {
    const live = new Promise((done) => (this.#begun = done));
    this.#connect();
    return live;
  }

  #connect() {
    const socket = new WebSocket(`ws://127.0.0.1:${this.#replicas[this.at].port}/ws?token=${this.#token}`, {
      perMessageDeflate: false,
      handshakeTimeout: CONNECT_PATIENCE,
    });
    this.#socket = socket;
    socket.on('open', () => {
      this.#openedAt = performance.now();
      const data = {topics: [TOPIC]};
      if (this.#place) {
        data.recover = {[TOPIC]: this.#place};
      }
      socket.send(JSON.stringify({type: 'Subscribe', data}));
    });
    socket.on('message', (bytes) => this.#read(JSON.parse(bytes)));
    socket.on('unexpected-response', (_, {statusCode}) => {
      this.#refusedBy(statusCode);
      socket.terminate();
    });
    socket.on('error', ({code}) => code && this.#refusedBy(code));
    socket.on('close', (code) => this.#lost(code));
  }

  #read({type, data}) {
    if (type === 'Broadcast') {
      const {
        payload: {publisher, serial},
        metadata: {message_id: id, offset, epoch},
      } = data;
      this.received.push({publisher, serial, id, offset, epoch});
      this.#place = {offset, epoch};
    } else if (type === 'Status') {
      this.#state(data);
    } else if (type === 'Error') {
      // what comes after a refusal would not be counted rightly
      this.codes[`error ${data.code}`] = (this.codes[`error ${data.code}`] ?? 0) + 1;
      this.#socket.terminate();
    }
  }

  #state({status, details}) {
    if (status === 'subscribed' && !this.#place) {
      this.#place = details.position;
      this.#isLive();
    } else if (status === 'recovered') {
      const {recovered, offset, epoch} = details.topics[TOPIC];
      if (!recovered) {
        this.incomplete++;
      }
      this.#place = {offset, epoch};
      const now = performance.now();
      this.recoveries.push(now - this.#lostAt);
      this.caughtUp.push(now - this.#openedAt);
      this.#isLive();
    } else if (status === 'draining') {
      this.told++;
      this.#told = true;
      // everything up to there that is for this client has come
      const position = details.position;
      if (position && this.#place && position.epoch === this.#place.epoch && position.offset > this.#place.offset) {
        this.#place = {offset: position.offset, epoch: position.epoch};
      }
    }
  }

  #refusedBy(why) {
    if (!this.live) {
      this.refused[why] = (this.refused[why] ?? 0) + 1;
    }
  }

  #isLive() {
    this.live = true;
    this.#delay = 0;
    this.#begun();
  }

  async #lost(code) {
    if (this.live) {
      this.#lostAt = performance.now();
      this.codes[code] = (this.codes[code] ?? 0) + 1;
    }
    this.live = false;
    if (this.#over) {
      return;
    }
    this.#at++;
    // whoever was told its moment comes at once
    const wait = this.#told ? 0 : Math.random() * (this.#delay || 200);
    this.#told = false;
    this.#delay = Math.min(MOST_DELAY, (this.#delay || 100) * 2);
    await sleep(wait);
    if (!this.#over) {
      this.#connect();
    }
  }

  stop() {
    this.#over = true;
    this.#socket?.terminate();
  }
}

/** A client of Cells events that stays with its replica; it notes the tree events that it is sent. */
export class CellsClient {
  received = [];
  closed = 0;

  constructor(name, replica, token) {
    this.name = name;
    this.socket = new WebSocket(`ws://127.0.0.1:${replica.port}/ws`, {perMessageDeflate: false, handshakeTimeout: CONNECT_PATIENCE});
    this.socket.on('open', () => this.socket.send(JSON.stringify({'@type': 'subscribe', jwt: token})));
    this.socket.on('message', (bytes) => {
      const {Type: type = 'CREATE', Source: source, Target: target} = JSON.parse(bytes);
      const uuid = (target ?? source)?.Uuid;
      if (uuid) {
        this.received.push({uuid, type});
      }
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => this.closed++);
  }

  stop() {
    this.socket.terminate();
  }
}
