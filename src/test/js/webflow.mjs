// The browser side of Web Flow, against a real gateway: stompjs 2.3.3 over sockjs-client 1.6.1, in the order of the real
// front end.
//
//   node webflow.mjs <http url of /websocket> <transport> <webSocketId>
//
// Connects, registers, and prints "registered"; then listens for the authorization and prints "listening"; prints what
// came, and disconnects. Everything else is on the error stream.

import {createRequire} from 'node:module';

const require = createRequire(import.meta.url);
const SockJS = require('sockjs-client');
const Stomp = require('stompjs');

const [url, transport, webSocketId] = process.argv.slice(2);
const fail = (why) => {
  console.error(`webflow: ${why}`);
  process.exit(1);
};
setTimeout(() => fail('it took more than 30 s'), 30_000).unref();

const socket = new SockJS(url, null, {transports: [transport]});
const client = Stomp.over(socket);
client.debug = (line) => console.error(line.split('\n')[0]);

client.connect({'X-CSRF-TOKEN': 'anything'}, () => {
  console.error(`transport ${socket.transport}`);
  client.subscribe('/user/topic/registration', (message) => {
    const body = JSON.parse(message.body);
    if (body.webSocketId !== webSocketId || body.registrationSucceeded !== true) {
      fail(`registration: ${message.body}`);
    }
    console.log('registered');
    // in a later step of the front end
    client.unsubscribe('/user/topic/registration');
    client.subscribe('/user/topic/authorization', (authorization) => {
      console.log(authorization.body);
      client.disconnect(() => {
        console.log('disconnected');
        process.exit(0);
      });
    });
    console.log('listening');
  });
  client.send('/app/registration', {}, JSON.stringify({webSocketId}));
}, (error) => fail(`error: ${error}`));
