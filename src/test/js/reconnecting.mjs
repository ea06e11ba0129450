// The socket of the Cells front end, against a real gateway: reconnecting-websocket 3.2.2, with ws in place of the
// browser's WebSocket.
//
//   node reconnecting.mjs <ws url> [token ...]
//
// Subscribes whenever the socket opens, each time with the next token: those given as arguments, then the lines of the
// standard input, which are waited for. Prints every message as one line of JSON. Opening and closing are lines on the
// error stream. Ends when its standard input is closed.

import {createInterface} from 'node:readline';
import ReconnectingWebSocket from 'reconnecting-websocket';
import WebSocket from 'ws';

const [url, ...tokens] = process.argv.slice(2);
if (!url) {
  console.error('usage: node reconnecting.mjs <ws url> [token ...]');
  process.exit(2);
}

const socket = new ReconnectingWebSocket(url, [], {constructor: WebSocket});
// open, and not subscribed for want of a token
let waiting = false;

function subscribe() {
  if (waiting && tokens.length > 0) {
    waiting = false;
    socket.send(JSON.stringify({'@type': 'subscribe', jwt: tokens.shift()}));
  }
}

socket.addEventListener('open', () => {
  console.error('open');
  waiting = true;
  subscribe();
});
socket.addEventListener('message', ({data}) => {
  let message;
  try {
    message = JSON.parse(data);
  } catch {
    message = {'not JSON': String(data)};
  }
  console.log(JSON.stringify(message));
});
socket.addEventListener('close', (event) => {
  console.error(`close ${event.code ?? ''}`.trim());
  waiting = false;
});
socket.addEventListener('error', () => console.error('error'));

const input = createInterface({input: process.stdin});
input.on('line', (token) => {
  tokens.push(token);
  subscribe();
});
input.on('close', () => {
  socket.close(1000, '', {keepClosed: true});
  process.exit(0);
});
