// How the clients of a server that ends leave it, and when they would come back.
//
//   node drain.mjs <port> <server's pid> <tokens file> <sessions>
//
// Opens so many sessions of the Realtime protocol, sends SIGTERM to the server, and waits for its end. Prints for each 250 ms from
// then on how many were closed, and how many would connect anew: when they were told to, or when they were closed and had not
// been told. At last a line of JSON. Talks to 127.0.0.1 only.

import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';

const WebSocket = createRequire(new URL('./peers/package.json', import.meta.url))('ws');

const [port, pid, tokensFile, sessions] = process.argv
  .slice(2)
  .map((value, i) => (i === 2 ? value : Number(value)));
const fail = (why) => {
  console.error(`drain: ${why}`);
  process.exit(1);
};
if (![port, pid, sessions].every((number) => number > 0) || !tokensFile) {
  console.error('usage: node drain.mjs <port> <pid> <tokens file> <sessions>');
  process.exit(2);
}
const tokens = readFileSync(tokensFile, 'utf8').trim().split('\n');
const STEP = 250;
const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

let begun = 0;
let open = 0;
const closed = [];
const moments = [];
const codes = {};
let told = 0;
let late = 0;

function connect(number) {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?token=${tokens[number % tokens.length]}`, {
      perMessageDeflate: false,
    });
    let moment = -1;
    socket.on('message', (data) => {
      const {data: {status, details} = {}} = JSON.parse(data);
      if (status === 'connected') {
        open++;
        resolve();
      } else if (status === 'draining') {
        told++;
        moment = performance.now() - begun + details.reconnect_after_ms;
      }
    });
    socket.on('error', (error) => fail(error.message));
    socket.on('close', (code) => {
      if (begun === 0) {
        fail(`closed with ${code} before the end`);
      }
      const now = performance.now() - begun;
      codes[code] = (codes[code] ?? 0) + 1;
      closed.push(now);
      moments.push(moment < 0 ? now : moment);
      late = Math.max(late, moment < 0 ? 0 : now - moment);
      open--;
    });
  });
}

for (let first = 0; first < sessions; first += 50) {
  await Promise.all(Array.from({length: Math.min(50, sessions - first)}, (_, i) => connect(first + i)));
}
console.log(`${open} sessions are open`);

begun = performance.now();
process.kill(pid, 'SIGTERM');
for (let alive = true; alive || open > 0; ) {
  await sleep(20);
  try {
    process.kill(pid, 0);
  } catch {
    alive = false;
  }
  if (performance.now() - begun > 3_700_000) {
    fail('the server has not ended');
  }
}
const ended = performance.now() - begun;

const parts = (times) => {
  const counts = new Array(Math.floor(ended / STEP) + 1).fill(0);
  times.forEach((at) => counts[Math.min(counts.length - 1, Math.max(0, Math.floor(at / STEP)))]++);
  return counts;
};
const [closings, returns] = [parts(closed), parts(moments)];
const most = Math.max(...returns);
console.log('from ms   closed  would return');
closings.forEach((count, i) => {
  const bar = '#'.repeat(Math.round((40 * returns[i]) / most));
  console.log(`${String(i * STEP).padStart(7)}  ${String(count).padStart(7)}  ${String(returns[i]).padStart(12)}  ${bar}`);
});
console.log(
  JSON.stringify({
    sessions,
    told,
    codes,
    most_in_250_ms: most,
    last_closed_ms: Math.round(Math.max(...closed)),
    latest_ms: Math.round(late),
    ended_ms: Math.round(ended),
  }),
);
