// Services that listen on NATS: orders:create, which is a strategy of Flamigo, and query, which is a command of OpenFlow.
//
//   node nats-service.mjs <url of NATS> <url of Switchboard>
//
// Prints "ready" when it listens; ends with its standard input.

import {createRemoteJWKSet, jwtVerify} from 'jose';
import {connect, headers, JSONCodec} from 'nats';

const [nats, switchboard] = process.argv.slice(2);
const keys = createRemoteJWKSet(new URL('/api/v1/actor/jwks', switchboard));
const connection = await connect({servers: nats});
const json = JSONCodec();

/** What the caller is told instead of an answer: a sentence in ASCII. */
class Refusal extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/** On whose behalf this service is called: a token for another one, or from somebody else, is none. */
async function actor(message, name) {
  const token = (message.headers?.get('Authorization') ?? '').replace(/^Bearer /, '');
  try {
    const {payload} = await jwtVerify(token, keys, {
      issuer: 'switchboard',
      audience: name,
      requiredClaims: ['exp', 'session'],
    });
    if (payload.type === 'websocket') return payload;
  } catch {
    // its message may hold the token
  }
  throw new Refusal(401, 'only Switchboard may call this');
}

/** Of those who subscribe with the same queue group, one gets a call. */
async function serve(name, answer) {
  for await (const message of connection.subscribe(`switchboard.service.${name}`, {queue: 'orders'})) {
    try {
      const {payload} = json.decode(message.data);
      message.respond(json.encode(await answer(payload, await actor(message, name))));
    } catch (error) {
      const why = headers();
      why.set('Switchboard-Status', String(error.status ?? 500));
      if (error instanceof Refusal) why.set('Switchboard-Detail', error.message);
      message.respond(undefined, {headers: why});
    }
  }
}

void serve('orders:create', async (order, user) => {
  if (!order?.article) throw new Refusal(400, 'say which article');
  return {order: 'o-1', article: order.article, for: user.name};
});
void serve('query', async ({collectionname, query}, user) => ({
  result: [{collection: collectionname, found: query, for: user.name}],
}));

await connection.flush();
console.log('ready');
process.stdin.resume().on('end', () => connection.drain());
