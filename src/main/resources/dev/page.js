// Two users, each with a socket of their own that behaves as the Cells client does: it subscribes with a token when it
// opens, and after a close, whatever the reason, connects again with a fresh one.

import {Chat} from './chat.js';

const MAX_ROWS = 500;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 10000;
// as long as a connection has stayed open for so long, the next failure is a first one again
const STEADY = 5000;

const STATES = {
  'signed-out': 'signed out',
  'connecting': 'connecting …',
  'connected': 'connected',
  'waiting': 'connection lost, trying again …',
};

class Panel {
  #chat;
  #root;
  #parts = {};
  #socket = null;
  #timer = null;
  #wait = FIRST_WAIT;
  #attempt = 0;
  #count = 0;

  constructor(template, id, user, workspaces) {
    this.#root = template.content.firstElementChild.cloneNode(true);
    this.#root.id = `panel-${id}`;
    this.#root.dataset.panel = id;
    for (const element of this.#root.querySelectorAll('[data-part]')) {
      this.#parts[element.dataset.part] = element;
    }
    const {title, form, user: userField, workspaces: workspacesField, scroll} = this.#parts;
    title.id = `title-${id}`;
    title.textContent = user;
    this.#root.setAttribute('aria-labelledby', title.id);
    scroll.setAttribute('role', 'region');
    scroll.setAttribute('aria-label', `Events that ${user} sees`);
    userField.value = user;
    workspacesField.value = workspaces;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#signIn();
    });
    this.#button('sign-out').addEventListener('click', () => this.#signOut());
    this.#button('clear').addEventListener('click', () => this.#clear());
    this.#chat = new Chat(this.#parts, 'lobby', () => this.#token());
    document.getElementById('panels').append(this.#root);
  }

  #button(action) {
    return this.#root.querySelector(`[data-action="${action}"]`);
  }

  #show(state) {
    const signedOut = state === 'signed-out';
    this.#root.dataset.state = state;
    this.#parts.state.textContent = STATES[state];
    this.#button('sign-in').disabled = !signedOut;
    this.#button('sign-out').disabled = signedOut;
    this.#parts.user.disabled = !signedOut;
    this.#parts.workspaces.disabled = !signedOut;
  }

  #error(text) {
    this.#parts.error.textContent = text;
    this.#parts.error.hidden = text === '';
  }

  #signIn() {
    this.#parts.title.textContent = this.#parts.user.value.trim();
    this.#parts.scroll.setAttribute('aria-label', `Events that ${this.#parts.user.value.trim()} sees`);
    this.#error('');
    this.#wait = FIRST_WAIT;
    this.#connect();
    this.#chat.open();
  }

  #signOut() {
    this.#attempt++;
    clearTimeout(this.#timer);
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify({'@type': 'unsubscribe'}));
    }
    this.#socket?.close(1000);
    this.#socket = null;
    this.#chat.close();
    this.#error('');
    this.#show('signed-out');
  }

  async #connect() {
    const attempt = ++this.#attempt;
    // a sign-out in the meantime ends this attempt, and whatever its socket still has to say
    const current = () => attempt === this.#attempt;
    this.#show('connecting');
    let token;
    try {
      token = await this.#token();
    } catch (error) {
      if (current()) {
        this.#error(error.message);
        this.#again();
      }
      return;
    }
    if (!current()) {
      return;
    }
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`);
    let opened = 0;
    this.#socket = socket;
    socket.addEventListener('open', () => {
      if (current()) {
        opened = Date.now();
        socket.send(JSON.stringify({'@type': 'subscribe', jwt: token}));
        this.#show('connected');
      }
    });
    socket.addEventListener('message', ({data}) => current() && this.#receive(data));
    socket.addEventListener('close', () => {
      if (current()) {
        if (opened !== 0 && Date.now() - opened > STEADY) {
          this.#wait = FIRST_WAIT;
        }
        this.#again();
      }
    });
  }

  async #token() {
    const response = await fetch('/dev/token', {
      method: 'POST',
      headers: {'Content-Type': 'application/json'},
      body: JSON.stringify({
        user: this.#parts.user.value.trim(),
        workspaces: this.#parts.workspaces.value.split(',').map((id) => id.trim()).filter((id) => id !== ''),
        roles: [],
      }),
    });
    const answer = await response.json();
    if (!response.ok) {
      throw new Error(answer.detail ?? `no token: ${response.status}`);
    }
    return answer.token;
  }

  #again() {
    this.#show('waiting');
    this.#timer = setTimeout(() => this.#connect(), this.#wait);
    this.#wait = Math.min(this.#wait * 1.5, LONGEST_WAIT);
  }

  #receive(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      this.#error('a message was not JSON');
      return;
    }
    if (message['@type'] === 'error') {
      this.#error(String(message.error ?? 'an error without a reason'));
      return;
    }
    this.#error('');
    this.#add(message);
  }

  #add(message) {
    // the wire leaves out the default, CREATE; other kinds of event name themselves
    const type = message['@type'] ?? message.Type ?? (message.Target ? 'CREATE' : 'event');
    const from = message.Source?.Path ?? '';
    const to = message.Target?.Path ?? '';
    const size = (message.Target ?? message.Source)?.Size;
    const path = to || from;
    const row = document.createElement('tr');
    row.className = 'new';
    row.dataset.event = '';
    row.dataset.type = type;
    row.dataset.path = path;
    this.#cell(row, new Date().toLocaleTimeString());
    this.#cell(row, type);
    this.#cell(row, from && to && from !== to ? `${from} → ${to}` : path);
    this.#cell(row, size === undefined ? '' : `${size} B`).className = 'number';
    const {rows, empty, count, latest} = this.#parts;
    rows.prepend(row);
    while (rows.childElementCount > MAX_ROWS) {
      rows.lastElementChild.remove();
    }
    empty.hidden = true;
    count.textContent = String(++this.#count);
    latest.textContent = `${type} ${path}`;
  }

  #cell(row, text) {
    const cell = document.createElement('td');
    cell.textContent = text;
    row.append(cell);
    return cell;
  }

  #clear() {
    this.#count = 0;
    this.#parts.rows.replaceChildren();
    this.#parts.count.textContent = '0';
    this.#parts.latest.textContent = '';
    this.#parts.empty.hidden = false;
  }
}

const info = await fetch('/dev/info').then((response) => response.json());
const template = document.getElementById('panel');
const hint = document.getElementById('hint');
document.getElementById('folder').textContent = info.folder;
hint.textContent = info.hint;
document.getElementById('copy').addEventListener('click', () => navigator.clipboard?.writeText(hint.textContent));
new Panel(template, 'alice', 'alice', info.workspace);
new Panel(template, 'bob', 'bob', '');
