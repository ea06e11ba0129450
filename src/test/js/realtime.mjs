// The TypeScript client that the protocol's reference prints, against a real gateway: realtime-client.ts is that text and
// nothing else. It is compiled here, with the type checks that its authors had, and runs with ws in place of the browser's
// WebSocket.
//
//   node realtime.mjs <ws url> <token>
//
// Reads one command a line, [client, method, argument ...], such as ["a", "broadcast", "chat.x", {"n": 1}]. A client comes into being
// with its first command; connect makes it open its socket. Every promise that a method returns is a line {client, method,
// answer} when it has resolved; what a client is sent beside, a line {client, type, data}. Ends when the input is closed.

import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import ts from 'typescript';
import WebSocket from 'ws';

const SEEN = ['Status', 'Error', 'Broadcast', 'DirectMessage', 'Notification', 'Presence', 'AuthStatus', 'Ack', 'Pong'];

const [url, token] = process.argv.slice(2);
if (!url || !token) {
  console.error('usage: node realtime.mjs <ws url> <token>');
  process.exit(2);
}

/** Compiles the printed client; the only thing added is the export behind its last line. */
async function load(file) {
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: [],
    noEmitOnError: true,
  });
  let code;
  const {diagnostics} = program.emit(undefined, (_, text) => {
    code = text;
  });
  const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (problems.length > 0 || !code) {
    console.error(ts.formatDiagnostics(problems, {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => process.cwd(),
      getNewLine: () => '\n',
    }));
    process.exit(1);
  }
  const module = `${code}\nexport {RealtimeProtocolClient};\n`;
  return (await import(`data:text/javascript,${encodeURIComponent(module)}`)).RealtimeProtocolClient;
}

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

// what the client says to people is not what is looked at here
console.log = () => {};
console.warn = (...words) => process.stderr.write(`warn ${words.join(' ')}\n`);
console.error = (...words) => process.stderr.write(`error ${words[0]}\n`);
globalThis.WebSocket = WebSocket;

const RealtimeProtocolClient = await load(fileURLToPath(new URL('realtime-client.ts', import.meta.url)));
const clients = new Map();

function client(name) {
  let found = clients.get(name);
  if (!found) {
    found = new RealtimeProtocolClient(url, token);
    SEEN.forEach((type) => found.on(type, (data) => say({client: name, type, data})));
    clients.set(name, found);
  }
  return found;
}

async function run([name, method, ...args]) {
  try {
    say({client: name, method, answer: (await client(name)[method](...args)) ?? null});
  } catch (error) {
    say({client: name, method, failed: String(error?.message ?? error)});
  }
}

say({ready: true});
const input = createInterface({input: process.stdin});
input.on('line', (line) => run(JSON.parse(line)));
input.on('close', () => {
  clients.forEach((one) => one.disconnect());
  process.exit(0);
});
