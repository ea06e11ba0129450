// Senders and consumers of work queues over the OpenFlow dialect, and callers of a service.
//
//   node queues.mjs <port> <tokens file> queue|latency <queues> <consumers of each> <under way at each sender> <messages> <uncounted>
//   node queues.mjs <port> <tokens file> call <port of the service> <callers> <under way of each> <calls> <uncounted>
//
// Prints a line of JSON. The time of a message is from its sending to its consumer. Talks to 127.0.0.1 only.

import {readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {createRequire} from 'node:module';

const WebSocket = createRequire(new URL('./peers/package.json', import.meta.url))('ws');

const [port, tokensFile, what, ...numbers] = process.argv.slice(2);
const [first, second, underway, messages, uncounted] = numbers.map(Number);
if (!['queue', 'latency', 'call'].includes(what) || ![first, second, underway, messages].every((n) => n > 0)) {
  console.error('usage: node queues.mjs <port> <tokens file> queue|latency|call <numbers>');
  process.exit(2);
}
const tokens = readFileSync(tokensFile, 'utf8').trim().split('\n');
const text = 'x'.repeat(180);
const fail = (why) => {
  console.error(`queues: ${why}`);
  process.exit(1);
};
const total = messages + uncounted;
const timeout = setTimeout(() => fail('it took more than 280 s'), 280_000);

/** A connection that is signed in; commands are answered to those who gave them, all else to `begun`. */
function connect(user) {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/openflow`, {perMessageDeflate: false});
    const waiting = new Map();
    let last = 0;
    const client = {
      begun: () => {},
      ask(command, data) {
        const id = `c${++last}`;
        socket.send(JSON.stringify({id, command, data: JSON.stringify(data), count: 1, index: 0}));
        return new Promise((answered) => waiting.set(id, answered));
      },
      done: (packet) => socket.send(`{"id":"a${++last}","replyto":"${packet.id}","command":"queuemessage","data":"","count":1,"index":0}`),
    };
    socket.on('message', (bytes) => {
      const packet = JSON.parse(bytes);
      if (packet.replyto) {
        const answered = waiting.get(packet.replyto);
        waiting.delete(packet.replyto);
        if (packet.data.includes('"error"')) fail(packet.data);
        answered(packet.data);
      } else if (packet.command === 'ping') {
        socket.send(`{"id":"a${++last}","replyto":"${packet.id}","command":"pong","data":"","count":1,"index":0}`);
      } else {
        client.begun(packet);
      }
    });
    socket.on('open', () => client.ask('signin', {jwt: tokens[user % tokens.length]}).then(() => resolve(client)));
    socket.on('error', (error) => fail(error.message));
    socket.on('close', (code) => fail(`closed with ${code}`));
  });
}

const times = [];
const sentAt = [];
let sent = 0;
let done = 0;
let begunAt = 0;
let end;
const ended = new Promise((resolve) => (end = resolve));

function finished(number) {
  if (number >= uncounted) {
    times.push(performance.now() - sentAt[number]);
  }
  if (++done === uncounted) {
    begunAt = performance.now();
  }
  if (done === total) {
    end();
  }
}

if (what === 'call') {
  createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.setHeader('Content-Type', 'application/json');
      response.end('{"result":1}');
    });
  })
    .listen(first, '127.0.0.1')
    .unref();
  const callers = await Promise.all(Array.from({length: second}, (_, i) => connect(i)));
  const call = (client) => {
    if (sent === total) return;
    const number = sent++;
    sentAt[number] = performance.now();
    client.ask('customcommand', {command: 'bench', data: text}).then(() => {
      finished(number);
      call(client);
    });
  };
  callers.forEach((client) => Array.from({length: underway}, () => call(client)));
} else {
  const name = `${what}-${process.pid}`;
  let open = 0; // messages that were sent and not given to a consumer
  const senders = [];
  for (let queue = 0; queue < first; queue++) {
    const sender = await connect(queue);
    senders.push(sender);
    const consumers = await Promise.all(Array.from({length: second}, () => connect(queue)));
    for (const consumer of consumers) {
      await consumer.ask('registerqueue', {queuename: `${name}-${queue}`});
      consumer.begun = (packet) => {
        const at = packet.data.indexOf('"n":');
        finished(parseInt(packet.data.slice(at + 4, at + 14), 10));
        consumer.done(packet);
        open--;
        if (what === 'latency') send(senders[0], 0);
        else refill();
      };
    }
  }
  // no queue runs full, and none runs dry
  const most = first * second * 50;
  const idle = [];
  const send = (sender, queue) => {
    if (sent === total) return;
    if (what === 'queue' && open >= most) {
      idle.push([sender, queue]);
      return;
    }
    const number = sent++;
    open++;
    sentAt[number] = performance.now();
    const kept = sender.ask('queuemessage', {queuename: `${name}-${queue}`, data: {n: number, text}, expiration: 600_000, striptoken: true});
    if (what === 'queue') kept.then(() => send(sender, queue));
  };
  const refill = () => {
    while (idle.length > 0 && open < most && sent < total) send(...idle.pop());
  };
  // deliveries begin some 50 ms behind a registration
  await new Promise((resolve) => setTimeout(resolve, 200));
  senders.forEach((sender, queue) => Array.from({length: underway}, () => send(sender, queue)));
}
await ended;
clearTimeout(timeout);
const seconds = (performance.now() - begunAt) / 1000;
times.sort((a, b) => a - b);
const percentile = (part) => Number(times[Math.min(times.length - 1, Math.floor(times.length * part))].toFixed(2));
console.log(
  JSON.stringify({
    what,
    queues: what === 'call' ? 0 : first,
    consumers: second,
    underway,
    per_s: Math.round(messages / seconds),
    p50_ms: percentile(0.5),
    p99_ms: percentile(0.99),
  }),
);
process.exit(0);
