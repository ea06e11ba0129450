// Reads a room's history again and again.
//
//   node history.mjs <port> <tokens file> <room> open          creates the room and prints its uuid
//   node history.mjs <port> <tokens file> <room> <offset>      prints how long a page takes, at the end and behind the offset
//
// Talks to 127.0.0.1 only.

import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';

const WebSocket = createRequire(new URL('./peers/package.json', import.meta.url))('ws');
const [port, tokensFile, object, what] = process.argv.slice(2);
const token = readFileSync(tokensFile, 'utf8').split('\n')[0];
const room = {Type: 'GLOBAL', RoomTypeObject: object};
const PAGE = 40;
const TIMES = 200;

const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, {perMessageDeflate: false});
const arrived = [];
let waiting = null;
socket.on('message', (data) => {
  const message = JSON.parse(data);
  if (waiting) {
    waiting(message);
    waiting = null;
  } else {
    arrived.push(message);
  }
});
socket.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
const next = () =>
  arrived.length > 0 ? Promise.resolve(arrived.shift()) : new Promise((resolve) => (waiting = resolve));

await new Promise((resolve) => socket.on('open', resolve));
socket.send(JSON.stringify({'@type': 'subscribe', jwt: token}));
if (what === 'open') {
  socket.send(JSON.stringify({'@type': 'JOIN', Room: room}));
  console.log((await next()).Room.Uuid);
  process.exit(0);
}

async function page(offset) {
  const begun = performance.now();
  socket.send(
    JSON.stringify({'@type': 'HISTORY', Room: room, Message: {Message: JSON.stringify({Offset: offset, Limit: PAGE})}}));
  let messages = 0;
  for (let message = await next(); message['@type'] !== 'MAY_HAVE_MORE'; message = await next()) {
    messages += message['@type'] === undefined ? 1 : 0;
  }
  if (messages !== PAGE) {
    console.error(`a page of ${messages}`);
    process.exit(1);
  }
  return performance.now() - begun;
}

async function median(offset) {
  const times = [];
  for (let i = 0; i < 2 * TIMES; i++) {
    const time = await page(offset);
    if (i >= TIMES) {
      times.push(time);
    }
  }
  times.sort((a, b) => a - b);
  return Number(times[TIMES / 2].toFixed(2));
}

console.log(JSON.stringify({newest_ms: await median(0), middle_ms: await median(Number(what))}));
process.exit(0);
