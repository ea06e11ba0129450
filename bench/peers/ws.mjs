// The peer on Node.js: a server with the package ws that sends each message to every other connection, as the package's
// own documentation shows it. With "one", a message goes to the first connection alone, found as an application of ws
// has to find it, which knows no topics: by looking at each client.
//
// ws offers no frame that is prepared once and sent to many. What can be shared is the encoded payload: the message
// arrives as a Buffer and leaves as the same Buffer.
import { WebSocketServer, WebSocket } from 'ws';

const [port, selection] = process.argv.slice(2);
let first;

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(port), perMessageDeflate: false, backlog: 4096 });

server.on('connection', (socket) => {
  first ??= socket;
  socket.workspace = socket === first ? 'bench' : 'other';
  socket.on('close', () => {
    if (socket === first) first = undefined;
  });
  socket.on('error', () => socket.terminate());
  socket.on('message', (data, isBinary) => {
    for (const client of server.clients) {
      if (client === socket || client.readyState !== WebSocket.OPEN) continue;
      if (selection === 'one' && client.workspace !== 'bench') continue;
      client.send(data, { binary: isBinary });
    }
  });
});
