// Two users who talk as the chat client of the Cells front end does, against a real gateway: reconnecting-websocket 3.2.2, with
// ws in place of the browser's WebSocket. On each opening a client subscribes and pings the rooms it is in; a plain JOIN is
// sent once, when a room is entered, and the history is asked for behind it.
//
//   node chat.mjs <ws url> <token of alice> <token of bob> <workspace>
//
// Prints what it has seen work; exit code 0: all of it, 1: not.

import ReconnectingWebSocket from 'reconnecting-websocket';
import WebSocket from 'ws';

const TIMEOUT = 20_000;
const [url, aliceToken, bobToken, workspace] = process.argv.slice(2);
if (!workspace) {
  console.error('usage: node chat.mjs <ws url> <token of alice> <token of bob> <workspace>');
  process.exit(2);
}

class ChatClient {
  rooms = new Map(); // by type and object, as the front end has them
  errors = [];
  #sockets = [];

  constructor(name, token) {
    this.name = name;
    const clients = this.#sockets;
    // the constructor option gives us the socket below, to break it as a network does
    function Observed(...given) {
      const socket = new WebSocket(...given);
      clients.push(socket);
      return socket;
    }
    for (const state of ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED']) {
      Observed[state] = WebSocket[state];
    }
    this.socket = new ReconnectingWebSocket(url, [], {constructor: Observed, minReconnectionDelay: 100, maxReconnectionDelay: 500});
    this.opened = 0;
    this.socket.addEventListener('open', () => {
      this.opened++;
      this.#send({'@type': 'subscribe', jwt: token});
      for (const room of this.rooms.values()) {
        this.ping(room.named);
      }
    });
    this.socket.addEventListener('message', ({data}) => this.#receive(JSON.parse(data)));
  }

  #send(message) {
    this.socket.send(JSON.stringify(message));
  }

  #key(room) {
    return `${room.Type}/${room.RoomTypeObject}`;
  }

  enter(named) {
    this.rooms.set(this.#key(named), {named, uuid: '', users: [], messages: [], more: null});
    this.#send({'@type': 'JOIN', Room: named});
    this.history(named, 0);
  }

  history(named, offset) {
    this.#send({'@type': 'HISTORY', Room: named, Message: {Message: JSON.stringify({Offset: offset, Limit: 5})}});
  }

  ping(named) {
    this.#send({'@type': 'JOIN', Room: named, Message: {Message: 'PING'}});
  }

  leave(named) {
    this.rooms.delete(this.#key(named));
    this.#send({'@type': 'LEAVE', Room: named});
  }

  post(named, text) {
    this.#send({'@type': 'POST', Message: {RoomUuid: this.room(named).uuid, Message: text}});
  }

  delete(named, uuid) {
    this.#send({'@type': 'DELETE_MSG', Message: {RoomUuid: this.room(named).uuid, Uuid: uuid}});
  }

  room(named) {
    return this.rooms.get(this.#key(named));
  }

  #receive(message) {
    switch (message['@type']) {
      case 'ROOM_UPDATE': {
        // keyed by both; a room that is not known is not ours any more
        const room = this.room(message.Room);
        if (room) {
          room.uuid = message.Room.Uuid;
          room.users = message.Room.Users ?? [];
        }
        break;
      }
      case 'DELETE_MSG':
        for (const room of this.rooms.values()) {
          room.messages = room.messages.filter(({Uuid}) => Uuid !== message.Message.Uuid);
        }
        break;
      case 'MAY_HAVE_MORE':
        for (const room of this.rooms.values()) {
          if (room.uuid === message.RoomUuid) {
            room.more = message.Offset;
          }
        }
        break;
      case 'error':
        this.errors.push(message.error);
        break;
      case undefined: {
        // before the first update of its room a message would be lost, as in the front end
        const room = [...this.rooms.values()].find(({uuid}) => uuid === message.RoomUuid);
        if (room && !room.messages.some(({Uuid}) => Uuid === message.Uuid)) {
          room.messages.push(message);
          room.messages.sort((a, b) => Number(a.Timestamp) - Number(b.Timestamp));
        }
        break;
      }
      default:
        this.errors.push(`an unknown message ${message['@type']}`);
    }
  }

  /** The network is gone, without a word. */
  break() {
    this.#sockets.at(-1).terminate();
  }

  texts(named) {
    return this.room(named)?.messages.map(({Message}) => Message) ?? [];
  }
}

async function until(what, condition) {
  const end = Date.now() + TIMEOUT;
  while (!condition()) {
    if (Date.now() > end) {
      throw new Error(`never: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  console.log(`ok: ${what}`);
}

const lobby = {Type: 'WORKSPACE', RoomTypeObject: workspace};
const alice = new ChatClient('alice', aliceToken);
const bob = new ChatClient('bob', bobToken);
try {
  await until('both are connected', () => alice.opened === 1 && bob.opened === 1);
  alice.enter(lobby);
  await until('alice is in the room', () => alice.room(lobby).users.includes('alice'));
  for (let i = 0; i < 7; i++) {
    alice.post(lobby, `m${i}`);
  }
  await until('alice reads what she wrote', () => alice.texts(lobby).length === 7);

  bob.enter(lobby);
  await until('both see each other', () =>
    [alice, bob].every((one) => ['alice', 'bob'].every((user) => one.room(lobby).users.includes(user))));
  await until('bob has the newest page, and knows that there is more', () =>
    bob.texts(lobby).join() === 'm2,m3,m4,m5,m6' && bob.room(lobby).more === 5);
  bob.history(lobby, bob.room(lobby).more);
  await until('bob has all of it', () => bob.texts(lobby).length === 7);

  bob.post(lobby, 'hello');
  await until('alice reads bob', () => alice.texts(lobby).includes('hello'));
  bob.delete(lobby, bob.room(lobby).messages.find(({Message}) => Message === 'hello').Uuid);
  await until('it is gone again for both', () => [alice, bob].every((one) => !one.texts(lobby).includes('hello')));

  const updates = alice.room(lobby).users.length;
  bob.break();
  await until('bob is back', () => bob.opened === 2);
  bob.post(lobby, 'I was never away');
  await until('and is in the room by his heartbeat alone', () => alice.texts(lobby).includes('I was never away'));
  if (alice.room(lobby).users.length !== updates) {
    throw new Error('a reload was a coming and going');
  }

  bob.leave(lobby);
  await until('alice is alone', () => alice.room(lobby).users.join() === 'alice');
  alice.post(lobby, 'alone');
  await until('and reads herself', () => alice.texts(lobby).includes('alone'));
  if (alice.errors.length + bob.errors.length > 0) {
    throw new Error(`errors: ${[...alice.errors, ...bob.errors].join('; ')}`);
  }
  console.log('passed');
  process.exit(0);
} catch (error) {
  console.error(`failed: ${error.message}; errors: ${[...alice.errors, ...bob.errors].join('; ')}`);
  process.exit(1);
}
