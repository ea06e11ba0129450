// Members of chat rooms: how many posts a second a server takes, and how long each takes to its last reader.
//
//   node chat.mjs <port> <tokens file> <rooms> <members of each> <posters of each> <posts altogether> [uncounted]
//
// Prints a line of JSON. Talks to 127.0.0.1 only.

import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';

const WebSocket = createRequire(new URL('./peers/package.json', import.meta.url))('ws');

const [port, tokensFile, rooms, members, posters, posts, uncounted = 0] = process.argv
  .slice(2)
  .map((value, i) => (i === 1 ? value : Number(value)));
if (![port, rooms, members, posters, posts].every((number) => number > 0)) {
  console.error('usage: node chat.mjs <port> <tokens file> <rooms> <members> <posters> <posts> [uncounted]');
  process.exit(2);
}
const tokens = readFileSync(tokensFile, 'utf8').trim().split('\n');
const text = 'x'.repeat(180);
const fail = (why) => {
  console.error(`chat: ${why}`);
  process.exit(1);
};

/** A connection that is in a room; hears of whose text begins with a number. */
function join(number, room) {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, {perMessageDeflate: false});
    const client = {socket, uuid: '', heard: () => {}};
    socket.on('open', () => {
      socket.send(JSON.stringify({'@type': 'subscribe', jwt: tokens[number % tokens.length]}));
      socket.send(JSON.stringify({'@type': 'JOIN', Room: {Type: 'GLOBAL', RoomTypeObject: `bench-${room}`}}));
    });
    socket.on('message', (data) => {
      // what is needed of a message is found without reading all of it: the client shares the processor
      const message = data.toString('latin1');
      const at = message.indexOf('"Message":"#');
      if (at > 0) {
        client.heard(parseInt(message.slice(at + 12, at + 24), 10));
      } else if (message.includes('ROOM_UPDATE')) {
        if (client.uuid === '') {
          client.uuid = JSON.parse(message).Room.Uuid;
          resolve(client);
        }
      } else {
        fail(message);
      }
    });
    socket.on('error', (error) => fail(error.message));
    socket.on('close', (code) => fail(`closed with ${code}`));
  });
}

const clients = [];
for (let room = 0; room < rooms; room++) {
  const together = [];
  for (let i = 0; i < members; i++) {
    together.push(join(clients.length + i, room));
    if (together.length % 50 === 0) {
      await Promise.all(together);
    }
  }
  clients.push(...(await Promise.all(together)));
}

// the updates of those who joined last are over
await new Promise((resolve) => setTimeout(resolve, 3000));

const sent = [];
const left = [];
const latencies = [];
let next = 0;
let begun = 0;
let ended;
const end = new Promise((resolve) => {
  ended = resolve;
});

function post(client) {
  if (next === uncounted) {
    begun = performance.now();
  }
  if (next === uncounted + posts) {
    return;
  }
  const number = next++;
  client.mine = number;
  sent[number] = performance.now();
  left[number] = members;
  client.socket.send(JSON.stringify({'@type': 'POST', Message: {RoomUuid: client.uuid, Message: `#${number} ${text}`}}));
}

let done = 0;
for (const client of clients) {
  client.heard = (number) => {
    left[number]--;
    if (left[number] === 0) {
      if (number >= uncounted) {
        latencies.push(performance.now() - sent[number]);
      }
      if (++done === uncounted + posts) {
        ended();
      }
    }
    // its own: it is kept, and the next may follow
    if (client.mine === number) {
      post(client);
    }
  };
}
clients.filter((_, i) => i % members < posters).forEach(post);
const timeout = setTimeout(() => fail(`only ${done} of ${uncounted + posts} posts reached everybody`), 240_000);
await end;
clearTimeout(timeout);
const seconds = (performance.now() - begun) / 1000;
latencies.sort((a, b) => a - b);
const percentile = (part) => Number(latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))].toFixed(2));
console.log(
  JSON.stringify({
    rooms,
    members,
    posters: posters * rooms,
    posts,
    posts_per_s: Math.round(posts / seconds),
    deliveries_per_s: Math.round((posts * members) / seconds),
    p50_ms: percentile(0.5),
    p99_ms: percentile(0.99),
  }),
);
process.exit(0);
