// The socket of the Cells front end, against a real gateway: reconnecting-websocket 3.2.2, with ws in place of the
// browser's WebSocket.
//
//   node reconnecting.mjs <ws url> <token>
//
// Subscribes whenever the socket opens, and prints every message as one line of JSON. Opening and closing are lines on
// the error stream. Ends when its standard input is closed.

import ReconnectingWebSocket from 'reconnecting-websocket';
import WebSocket from 'ws';

const [url, token] = process.argv.slice(2);
if (!url || !token) {
  console.error('usage: node reconnecting.mjs <ws url> <token>');
  process.exit(2);
}

const socket = new ReconnectingWebSocket(url, [], {constructor: WebSocket});

socket.addEventListener('open', () => {
  console.error('open');
  socket.send(JSON.stringify({'@type': 'subscribe', jwt: token}));
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
socket.addEventListener('close', (event) => console.error(`close ${event.code ?? ''}`.trim()));
socket.addEventListener('error', () => console.error('error'));

process.stdin.resume();
process.stdin.on('end', () => {
  socket.close(1000, '', {keepClosed: true});
  process.exit(0);
});
