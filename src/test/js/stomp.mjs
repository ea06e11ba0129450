// @stomp/stompjs 7 against a real gateway: subscribes, publishes, gets receipts, lives through heart-beats, and comes back.
//
//   node stomp.mjs <ws url> <token> <topic>
//
// Prints what happens, a line each: connected, receipt, "message <body>". A line "drop" on the standard input breaks the
// connection without a word; "end" ends.

import {createInterface} from 'node:readline';
import {Client} from '@stomp/stompjs';
import WebSocket from 'ws';

Object.assign(globalThis, {WebSocket});
const [url, token, topic] = process.argv.slice(2);
const fail = (why) => {
  console.error(`stomp: ${why}`);
  process.exit(1);
};
setTimeout(() => fail('it took more than 60 s'), 60_000).unref();

const client = new Client({
  brokerURL: url,
  connectHeaders: {Authorization: `Bearer ${token}`},
  reconnectDelay: 100,
  heartbeatIncoming: 1000,
  heartbeatOutgoing: 1000,
  debug: (line) => console.error(line.split('\n')[0]),
  onConnect: (frame) => {
    console.log(`connected ${frame.headers.version} ${frame.headers['user-name']}`);
    client.watchForReceipt('subscribed', () => {
      console.log('receipt');
      client.publish({destination: topic, body: JSON.stringify({text: 'grüße\n'})});
    });
    client.subscribe(topic, (message) => console.log(`message ${message.body}`), {receipt: 'subscribed'});
  },
  onStompError: (frame) => fail(frame.headers.message),
});
client.activate();

createInterface({input: process.stdin}).on('line', async (line) => {
  if (line === 'drop') {
    client.webSocket.terminate();
  } else {
    await client.deactivate();
    console.log('ended');
    process.exit(0);
  }
});
