// What users of the Realtime dialect do: write to each other, come and go, and read slowly.
//
//   node users.mjs <scenario> <port> <server's pid> <tokens file> <number>
//
//   roundtrip <messages>  two users, one message after the other: from sending to its arrival, and to its Ack
//   mailbox <messages>    100 senders write to 1,000 users who are away, each waiting for its answer before the next
//   drain <users>         20 messages for each of so many users, who then all connect: until the last has all of them
//   presence <users>      so many users leave and come back, in turn within 2 s and then all at once: what a watcher hears
//   latest <messages>     1,000 readers of a topic with 50 keys, of which 100 do not read meanwhile
//
// Prints a line of JSON. Talks to 127.0.0.1 only.

import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';

const WebSocket = createRequire(new URL('./peers/package.json', import.meta.url))('ws');

const [scenario, port, pid, tokensFile, numberText] = process.argv.slice(2);
const number = Number(numberText);
const tokens = readFileSync(tokensFile, 'utf8').trim().split('\n');
const text = 'x'.repeat(180);
const fail = (why) => {
  console.error(`users: ${why}`);
  process.exit(1);
};
setTimeout(() => fail(`${scenario} is not done after 280 s`), 280_000).unref();

/** CPU time of the server up to now, in seconds. */
function cpu() {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** A connection of a user, by number, once it was greeted; hears of what comes behind. */
function connect(user, heard) {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?token=${tokens[user]}`, {perMessageDeflate: false});
    let greeted = false;
    socket.on('message', (data) => {
      if (greeted) {
        heard(data.toString('latin1'));
      } else {
        greeted = true;
        resolve(socket);
      }
    });
    socket.on('error', (error) => fail(error.message));
  });
}

/** Connects those users, 50 at a time. */
async function connectAll(users, heard) {
  const sockets = [];
  for (let i = 0; i < users.length; i += 50) {
    sockets.push(...(await Promise.all(users.slice(i, i + 50).map((user) => connect(user, heard(user))))));
  }
  return sockets;
}

const send = (socket, type, data, id) => socket.send(JSON.stringify({type, id, data}));
const direct = (socket, user, id) =>
  send(socket, 'DirectMessage', {target_user: `user-${user}`, payload: text}, id);
const round = (value) => Number(value.toFixed(2));
const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

function percentiles(times, name) {
  times.sort((a, b) => a - b);
  const at = (part) => round(times[Math.min(times.length - 1, Math.floor(times.length * part))]);
  return {[`${name}_p50_ms`]: at(0.5), [`${name}_p99_ms`]: at(0.99)};
}

/** 100 senders write so many messages to users who are away, from the given one on. */
async function fill(messages, users, first) {
  let next = 0;
  let done = 0;
  const begun = performance.now();
  await new Promise((resolve) => {
    const go = async (sender) => {
      let socket;
      const write = () => {
        if (next < messages) {
          direct(socket, first + (next % users), `m${next++}`);
        }
      };
      socket = await connect(sender, (message) => {
        if (!message.includes('"type":"Ack"')) {
          return;
        }
        if (!message.includes('"status":"queued"')) {
          fail(message);
        }
        if (++done === messages) {
          resolve();
        }
        write();
      });
      write();
    };
    for (let sender = 0; sender < 100; sender++) {
      go(sender);
    }
  });
  return (performance.now() - begun) / 1000;
}

const scenarios = {
  async roundtrip() {
    const uncounted = number;
    const arrivals = [];
    const acks = [];
    let sent = 0;
    let count = 0;
    let alice;
    let ended;
    const end = new Promise((resolve) => (ended = resolve));
    const next = () => {
      sent = performance.now();
      direct(alice, 1, `m${count}`);
    };
    await connect(1, () => {
      if (count >= uncounted) {
        arrivals.push(performance.now() - sent);
      }
    });
    alice = await connect(0, () => {
      if (count >= uncounted) {
        acks.push(performance.now() - sent);
      }
      if (++count === uncounted + number) {
        ended();
      } else {
        next();
      }
    });
    next();
    await end;
    return {...percentiles(arrivals, 'arrival'), ...percentiles(acks, 'ack')};
  },

  async mailbox() {
    const seconds = await fill(number, 1000, 20_000);
    return {writes_per_s: Math.round(number / seconds)};
  },

  async drain() {
    const each = 20;
    await fill(number * each, number, 100);
    const before = cpu();
    const begun = performance.now();
    let done = 0;
    let ended;
    const end = new Promise((resolve) => (ended = resolve));
    const users = Array.from({length: number}, (_, i) => 100 + i);
    await connectAll(users, () => {
      let left = each;
      return (message) => {
        if (!message.includes('"type":"DirectMessage"')) {
          fail(message);
        }
        if (--left === 0 && ++done === number) {
          ended();
        }
      };
    });
    const connected = (performance.now() - begun) / 1000;
    await end;
    const seconds = (performance.now() - begun) / 1000;
    return {
      connected_s: round(connected),
      drained_s: round(seconds),
      cpu_ms_per_user: round(((cpu() - before) * 1000) / number),
    };
  },

  async presence() {
    let heard = 0;
    const watcher = await connect(0, (message) => {
      heard += message.includes('"type":"Presence"') ? 1 : 0;
    });
    send(watcher, 'Subscribe', {topics: ['presence.*']});
    const users = Array.from({length: number}, (_, i) => 100 + i);
    const sockets = await connectAll(users, () => () => {});
    await sleep(3000);
    const came = heard;

    // each is away for less than 2 s, as long as the client can bring back so many in that time
    let longest = 0;
    let before = cpu();
    let begun = performance.now();
    for (let i = 0; i < number; i += 500) {
      const leaving = sockets.slice(i, i + 500);
      const left = performance.now();
      leaving.forEach((socket) => socket.terminate());
      sockets.splice(i, leaving.length, ...(await connectAll(users.slice(i, i + 500), () => () => {})));
      longest = Math.max(longest, performance.now() - left);
    }
    const rolling = {away_s: round(longest / 1000), took_s: round((performance.now() - begun) / 1000)};
    rolling.cpu_ms_per_user = round(((cpu() - before) * 1000) / number);
    await sleep(8000);
    rolling.heard = heard - came;

    // all at once, as fast as the client can
    const heardBefore = heard;
    before = cpu();
    sockets.forEach((socket) => socket.terminate());
    begun = performance.now();
    await connectAll(users, () => () => {});
    const at_once = {away_s: round((performance.now() - begun) / 1000)};
    at_once.cpu_ms_per_user = round(((cpu() - before) * 1000) / number);
    await sleep(8000);
    at_once.heard = heard - heardBefore;
    return {came, rolling, at_once};
  },

  async latest() {
    const readers = 1000;
    const slow = 100;
    const keys = 50;
    // more than the buffers of a socket hold, all messages together
    const long = 'x'.repeat(2000);
    let fastGot = 0;
    let slowGot = 0;
    const users = Array.from({length: readers}, (_, i) => 100 + i);
    let closed = 0;
    const sockets = await connectAll(users, (user) => (message) => {
      if (message.includes('"type":"Broadcast"')) {
        if (user < 100 + slow) {
          slowGot++;
        } else {
          fastGot++;
        }
      }
    });
    sockets.forEach((socket) => {
      socket.on('close', () => closed++);
      send(socket, 'Subscribe', {topics: ['updates.latest']});
    });
    const publisher = await connect(0, () => {});
    await sleep(2000);
    sockets.slice(0, slow).forEach((socket) => socket.pause());
    const before = cpu();
    const begun = performance.now();
    for (let i = 0; i < number; i++) {
      send(publisher, 'Broadcast', {topic: 'updates.latest', payload: {key: `k${i % keys}`, n: i, text: long}});
      // a few hundred on their way: what the client's own process can read is the bound
      while (fastGot < (i - 20) * (readers - slow)) {
        await sleep(1);
      }
    }
    while (fastGot < number * (readers - slow)) {
      await sleep(5);
    }
    const seconds = (performance.now() - begun) / 1000;
    const burned = cpu() - before;
    sockets.slice(0, slow).forEach((socket) => socket.resume());
    let quiet = 0;
    for (let last = -1; quiet < 20; ) {
      quiet = slowGot === last ? quiet + 1 : 0;
      last = slowGot;
      await sleep(50);
    }
    return {
      deliveries_per_s: Math.round((number * (readers - slow)) / seconds),
      cpu_us_per_delivery: round((burned * 1e6) / (number * (readers - slow))),
      fast_got_each: number,
      slow_got_each: round(slowGot / slow),
      closed,
    };
  },
};

console.log(JSON.stringify({scenario, number, ...(await scenarios[scenario]())}));
process.exit(0);
