// A chat room in a panel, with a socket of its own that does what the Cells client does: subscribe, join, ask for what was
// said, a heartbeat every 15 seconds, and after a close all of it again.

const HEARTBEAT = 15000;
const PAGE = 40;
const MAX_MESSAGES = 200;

export class Chat {
  #parts;
  #room;
  #fetchToken;
  #socket = null;
  #heartbeat = null;
  #timer = null;
  #uuid = '';
  #attempt = 0;

  constructor(parts, object, fetchToken) {
    this.#parts = parts;
    this.#room = {Type: 'GLOBAL', RoomTypeObject: object};
    this.#fetchToken = fetchToken;
    parts['chat-form'].addEventListener('submit', (event) => {
      event.preventDefault();
      this.#post();
    });
  }

  open() {
    this.#connect();
  }

  close() {
    this.#attempt++;
    clearTimeout(this.#timer);
    clearInterval(this.#heartbeat);
    this.#send('LEAVE', {Room: this.#room});
    this.#socket?.close(1000);
    this.#socket = null;
    this.#show([]);
    this.#parts['chat-text'].disabled = true;
  }

  async #connect() {
    const attempt = ++this.#attempt;
    const current = () => attempt === this.#attempt;
    const again = () => {
      if (current()) {
        clearInterval(this.#heartbeat);
        this.#parts['chat-text'].disabled = true;
        this.#timer = setTimeout(() => this.#connect(), 2000);
      }
    };
    let token;
    try {
      token = await this.#fetchToken();
    } catch {
      again();
      return;
    }
    if (!current()) {
      return;
    }
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/chat`);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      if (!current()) {
        return;
      }
      this.#parts['chat-rows'].replaceChildren();
      socket.send(JSON.stringify({'@type': 'subscribe', jwt: token}));
      this.#send('JOIN', {Room: this.#room});
      this.#send('HISTORY', {Room: this.#room, Message: {Message: JSON.stringify({Offset: 0, Limit: PAGE})}});
      this.#heartbeat = setInterval(
        () => this.#send('JOIN', {Room: this.#room, Message: {Message: 'PING'}}), HEARTBEAT);
    });
    socket.addEventListener('message', ({data}) => current() && this.#receive(JSON.parse(data)));
    socket.addEventListener('close', again);
  }

  #send(type, command) {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify({'@type': type, ...command}));
    }
  }

  #post() {
    const field = this.#parts['chat-text'];
    const text = field.value.trim();
    if (text !== '' && this.#uuid !== '') {
      this.#send('POST', {Message: {RoomUuid: this.#uuid, Message: text}});
      field.value = '';
    }
  }

  #receive(message) {
    switch (message['@type']) {
      case undefined:
        this.#say(message);
        break;
      case 'ROOM_UPDATE':
        this.#uuid = message.Room.Uuid;
        this.#parts['chat-text'].disabled = false;
        this.#parts['chat-error'].hidden = true;
        this.#show(message.Room.Users ?? []);
        break;
      case 'DELETE_MSG':
        this.#row(message.Message.Uuid)?.remove();
        break;
      case 'error':
        this.#parts['chat-error'].textContent = message.error;
        this.#parts['chat-error'].hidden = false;
        break;
      default:
        break;
    }
  }

  #row(uuid) {
    return [...this.#parts['chat-rows'].children].find((row) => row.dataset.message === uuid);
  }

  #say(message) {
    const rows = this.#parts['chat-rows'];
    const before = this.#row(message.Uuid);
    const row = document.createElement('li');
    row.dataset.message = message.Uuid;
    const author = document.createElement('b');
    author.textContent = message.Author;
    const text = document.createElement('span');
    // the server has made it harmless; what it looks like as text is its HTML read back, and nothing of it is run
    text.textContent = new DOMParser().parseFromString(message.Message, 'text/html').body.textContent;
    row.append(author, ' ', text);
    if (before) {
      before.replaceWith(row);
    } else {
      rows.append(row);
      while (rows.childElementCount > MAX_MESSAGES) {
        rows.firstElementChild.remove();
      }
      rows.parentElement.scrollTop = rows.parentElement.scrollHeight;
    }
  }

  #show(users) {
    this.#parts['chat-users'].textContent = users.length === 0 ? 'nobody' : users.join(', ');
  }
}
