// The library @openiap/openflow-api 2.1.12, unchanged, against a real gateway.
//
//   node openflow.mjs <ws url> <token of alice> <token of bob> <own name>
//
// Prints "<what> <JSON>" for each thing that happens. Lines on the standard input go on where something has to happen elsewhere first.

import {createInterface} from 'node:readline';
import {createRequire} from 'node:module';

const {WebSocketClient, NoderedUtil} = createRequire(import.meta.url)('@openiap/openflow-api');
const [url, alice, bob, own] = process.argv.slice(2);
const fail = (why) => {
  console.error(`openflow: ${why}`);
  process.exit(1);
};
setTimeout(() => fail('it took more than 90 s'), 90_000).unref();
process.on('unhandledRejection', (why) => fail(`unhandled: ${why?.stack ?? why}`));

const say = (what, value) => console.log(`${what} ${JSON.stringify(value)}`);
const input = createInterface({input: process.stdin})[Symbol.asyncIterator]();
const told = async (what) => {
  console.log(`await ${what}`);
  const {value} = await input.next();
  if (value !== what) fail(`told ${value} and not ${what}`);
};
const quiet = {info() {}, verbose() {}, debug() {}, silly() {}, error: (line) => console.error(line)};

/** A promise, and what fulfils it. */
const later = () => {
  let fulfil;
  const promise = new Promise((resolve) => (fulfil = resolve));
  return [promise, fulfil];
};

async function connect() {
  const client = new WebSocketClient(quiet, url, true);
  await client.Connect();
  return client;
}

async function rejected(promise) {
  try {
    return {resolved: await promise};
  } catch (error) {
    return error?.message ?? error;
  }
}

const one = await connect();
say('before', await rejected(NoderedUtil.CustomCommand({websocket: one, command: `echo.${own}`})));
const signedIn = await NoderedUtil.SigninWithToken({websocket: one, jwt: alice});
say('signedin', {
  user: signedIn.user,
  jwt: signedIn.jwt === alice,
  watch: one.supports_watch,
  size: one.websocket_package_size,
  connected: one.isConnected(),
});
const two = await connect();
await NoderedUtil.SigninWithToken({websocket: two, jwt: bob});
say('renewed', (await NoderedUtil.RenewToken({websocket: one, jwt: ''})).user.username);
say('other', (await NoderedUtil.RenewToken({websocket: one, jwt: bob})).user.username);
say('still', one.user.username);

// pings both ways: what the library gets is counted before it does anything
let pongs = 0;
let pings = 0;
const receive = one._socketObject.onmessage;
one._socketObject.onmessage = (event) => {
  const {command} = JSON.parse(event.data);
  if (command === 'pong') pongs++;
  if (command === 'ping') pings++;
  receive(event);
};
one.pingServer();
await new Promise((resolve) => {
  const timer = setInterval(() => {
    if (pongs > 0 && pings > 2) {
      clearInterval(timer);
      resolve();
    }
  }, 10);
});
say('pings', {pongs, answered: one.isConnected()});

// a queue that alice names, worked off by her, with an answer for bob
const [answered, answer] = later();
const [replied, reply] = later();
const work = await NoderedUtil.RegisterQueue({
  websocket: one,
  queuename: `Work.${own}`,
  callback: (message, done) => {
    answer({data: message.data, correlationId: message.correlationId, queue: message.queuename});
    done(true, {sum: message.data.a + message.data.b});
  },
});
say('named', work);
const answers = await NoderedUtil.RegisterQueue({
  websocket: two,
  queuename: '',
  callback: (message, done) => {
    reply({data: message.data, correlationId: message.correlationId});
    done();
  },
});
say('bytheserver', answers.length);
await NoderedUtil.Queue({
  websocket: two,
  queuename: work,
  replyto: answers,
  correlationId: 'c-1',
  data: {a: 1, b: 2, __user: {username: 'forged'}, __jwt: 'forged'},
});
say('work', await answered);
say('reply', await replied);
say('notyours', await rejected(NoderedUtil.RegisterQueue({websocket: two, queuename: work, callback: () => {}})));
say('nosuchqueue', await rejected(NoderedUtil.Queue({websocket: two, queuename: `none.${own}`, data: {}})));

// nack, as the library sends it, and the message comes again
let attempts = 0;
const [again, came] = later();
const flaky = await NoderedUtil.RegisterQueue({
  websocket: one,
  queuename: `flaky.${own}`,
  callback: (message, done) => {
    attempts++;
    done(attempts > 1);
    if (attempts > 1) came(message.data.n);
  },
});
await NoderedUtil.Queue({websocket: two, queuename: flaky, data: {n: 7}, striptoken: true});
say('again', [await again, attempts]);

// exchanges of every kind
for (const [algorithm, bound, sent, others] of [
  ['direct', 'red', 'red', 'blue'],
  ['fanout', '', 'any', null],
  ['topic', 'job.*.done', 'job.7.done', 'job.7.failed'],
  ['header', '', '', null],
]) {
  const seen = [];
  const [got, get] = later();
  const exchange = await NoderedUtil.RegisterExchange({
    websocket: one,
    exchangename: `${algorithm}.${own}`,
    algorithm,
    routingkey: bound,
    callback: (message, done) => {
      seen.push([message.data, message.routingkey, message.exchangename]);
      done();
      if (message.data === 'last') get();
    },
  });
  const publish = (routingkey, data) =>
    NoderedUtil.Queue({websocket: two, exchangename: exchange.exchangename, routingkey, data});
  if (others !== null) await publish(others, 'not for it');
  await publish(sent, 'last');
  await got;
  say('exchange', [exchange.exchangename === `${algorithm}.${own}`, ...seen.map(([data]) => data)]);
}

// watches; the library takes the first connection for them, since it cannot write one down
const [seen, see] = later();
const events = [];
const watching = (event) => {
  events.push([event.operationType, event.fullDocument._type, event.fullDocument.name]);
  if (event.fullDocument.name === 'end') see();
};
const byMatch = await NoderedUtil.Watch({
  collectionname: own,
  aggregates: [{$match: {'fullDocument._type': 'workflow', 'fullDocument.name': {$in: ['a', 'end']}}}],
  callback: watching,
});
const byPath = await NoderedUtil.Watch({
  collectionname: own,
  aggregates: ["$.[?(@ && @._type == 'robot')]"],
  callback: (event) => say('bypath', event.fullDocument.name),
});
say('watching', byMatch !== byPath);
await told('watched');
await seen;
say('watched', events);
await NoderedUtil.UnWatch({id: byMatch});
say('unwatched', await rejected(NoderedUtil.UnWatch({id: byMatch})));

// services
say('custom', await NoderedUtil.CustomCommand({websocket: one, command: `Echo.${own}`, name: 'n', data: {x: [1]}}));
say('query', await NoderedUtil.Query({websocket: one, collectionname: 'entities', query: {_type: 'x'}}));
say('count', await NoderedUtil.Count({websocket: one, collectionname: 'entities', query: {}}));
one.websocket_package_size = 500;
const large = 'ä😀"\\'.repeat(20_000);
let hash = 0;
for (let i = 0; i < large.length; i++) hash = (31 * hash + large.charCodeAt(i)) | 0;
say('large', [
  Buffer.byteLength(JSON.stringify(large)),
  (await NoderedUtil.CustomCommand({websocket: one, command: `hash.${own}`, data: large})) === hash,
]);
say('fails', await rejected(NoderedUtil.CustomCommand({websocket: one, command: `fails.${own}`})));
say('unknown', await rejected(NoderedUtil.CustomCommand({websocket: one, command: 'NoSuch'})));
say('whoami', (await NoderedUtil.CustomCommand({websocket: one, command: `whoami.${own}`, jwt: bob})).user);
say('forgotten', (await NoderedUtil.CustomCommand({websocket: one, command: `whoami.${own}`})).user);
say('lasting', await rejected(NoderedUtil.RegisterQueue({websocket: one, queuename: `x.${own}`, jwt: bob})));
say('lastingown', await NoderedUtil.RegisterQueue({websocket: one, queuename: `own.${own}`, jwt: alice}));
say('closed', await rejected(NoderedUtil.CloseQueue({websocket: one, queuename: `own.${own}`})));

// newer tokens
if (one.jwt === alice) {
  const [renewed, renew] = later();
  WebSocketClient.instance.events.on('refreshtoken', renew);
  if (one.jwt !== alice) renew();
  await renewed;
}
say('refreshed', [one.user.username, one.jwt !== alice]);

one.close(1000, 'bye');
two.close(1000, 'bye');
say('ended', true);
process.exit(0);
