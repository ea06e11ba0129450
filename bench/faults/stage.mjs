// What scenarios need to be started: NATS, PostgreSQL, replicas, and something between a replica and NATS that can be cut.
// Everything listens on loopback, writes to one temporary folder, and ends with the process.

import {spawn} from 'node:child_process';
import {generateKeyPairSync, sign} from 'node:crypto';
import {
  accessSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {request} from 'node:http';
import {connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {delimiter, dirname, join, resolve} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const NOBODY = 65534;
const START_PATIENCE = 120_000;
const END_PATIENCE = 60_000;

export const sleep = (millis) => new Promise((done) => setTimeout(done, millis));

/** Waits for a state; an error says which one did not come. */
export async function until(what, patience, state) {
  const deadline = performance.now() + patience;
  for (;;) {
    if (await state()) {
      return;
    }
    if (performance.now() > deadline) {
      throw new Error(`not within ${patience / 1000} s: ${what}`);
    }
    await sleep(50);
  }
}

const runs = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The path of a command, in folders first and then on the PATH; '' where there is none. */
function find(name, folders = []) {
  return [...folders, ...process.env.PATH.split(delimiter)].map((folder) => join(folder, name)).find(runs) ?? '';
}

function need(name, folders, remedy) {
  const found = find(name, folders);
  if (!found) {
    throw new Error(`${name} is missing: ${remedy}`);
  }
  return found;
}

/** The java of JAVA_HOME, of the PATH or of a folder of the distribution, in that order: the first that is Java 25 or newer. */
function java() {
  const installed = '/usr/lib/jvm';
  const folders = [
    process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin') : '',
    dirname(find('java')),
    ...(existsSync(installed) ? readdirSync(installed).map((name) => join(installed, name, 'bin')) : []),
  ];
  for (const folder of folders) {
    const release = join(folder, '..', 'release');
    const version = existsSync(release) ? /JAVA_VERSION="(\d+)/.exec(readFileSync(release, 'utf8')) : null;
    if (version && Number(version[1]) >= 25 && runs(join(folder, 'java'))) {
      return join(folder, 'java');
    }
  }
  throw new Error('no Java 25 in JAVA_HOME, PATH or /usr/lib/jvm');
}

const takes = (port) =>
  new Promise((done) => {
    const socket = connect({port, host: '127.0.0.1'});
    const end = (result) => {
      socket.destroy();
      done(result);
    };
    socket.setTimeout(1000, () => end(false));
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
  });

const given = new Set();

/** A port that nobody listens on, below those that outgoing connections take: it stays free while its server is away. */
async function freePort() {
  for (let tries = 0; tries < 200; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const free =
      !given.has(port) &&
      (await new Promise((done) => {
        const server = createServer();
        server.on('error', () => done(false));
        server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
      }));
    if (free) {
      given.add(port);
      return port;
    }
  }
  throw new Error('no port is free');
}

/** A program that is started, ended and started again; its output is appended to a file. */
class Program {
  #stage;
  #command;
  #folder;
  #ids;
  #last;
  #child = null;

  constructor(stage, name, command, {folder = stage.folder, ids = {}, last = 'KILL'} = {}) {
    this.#stage = stage;
    this.name = name;
    this.#command = command;
    this.#folder = folder;
    this.#ids = ids;
    this.#last = last;
    this.log = join(stage.folder, `${name}.log`);
  }

  /** Of the running process. */
  get pid() {
    return this.#child.pid;
  }

  get alive() {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  begin() {
    const log = openSync(this.log, 'a');
    // ends with this process, however that ends
    const [file, ...args] = [...this.#stage.endingWithThis(this.#last), ...this.#command];
    const environment = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(MP_|SWITCHBOARD_|QUARKUS_)/.test(key)));
    this.#child = spawn(file, args, {cwd: this.#folder, env: environment, stdio: ['ignore', log, log], ...this.#ids});
    this.#child.on('error', () => {});
    closeSync(log);
  }

  async start(what, ready) {
    this.begin();
    await until(`${this.name} ${what}`, START_PATIENCE, async () => {
      if (!this.alive) {
        throw new Error(`${this.name} ended at its start: ${this.said()}`);
      }
      return ready();
    });
  }

  /** Signals it, and waits for its end. */
  async end(signal) {
    const child = this.#child;
    if (!this.alive) {
      return;
    }
    const ended = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    const timeout = setTimeout(() => child.kill('SIGKILL'), END_PATIENCE);
    await ended;
    clearTimeout(timeout);
  }

  endNow() {
    if (this.alive) {
      this.#child.kill(`SIG${this.#last}`);
    }
  }

  said() {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8').trim().split('\n').slice(-5).join(' | ') : '';
  }
}

/**
 * What stands between a replica and NATS, and can be cut:
 *
 * - refuse: connections are destroyed, and new ones are refused
 * - swallow: connections stay, and what is sent in either direction vanishes
 * - stall: connections stay, and what is sent in either direction arrives when the line is mended
 */
class Line {
  #to;
  #server = null;
  #pairs = new Set();
  #mode = 'whole';

  constructor(port, to) {
    this.port = port;
    this.#to = to;
  }

  async open() {
    this.#server = createServer({allowHalfOpen: true}, (near) => this.#join(near));
    await new Promise((done, failed) => {
      this.#server.once('error', failed);
      this.#server.listen(this.port, '127.0.0.1', done);
    });
  }

  #join(near) {
    const pair = {near, far: connect({port: this.#to, host: '127.0.0.1', allowHalfOpen: true})};
    this.#pairs.add(pair);
    const end = () => {
      pair.near.destroy();
      pair.far.destroy();
      this.#pairs.delete(pair);
    };
    for (const [from, to] of [
      [pair.near, pair.far],
      [pair.far, pair.near],
    ]) {
      from.setNoDelay(true);
      from.on('data', (bytes) => {
        if (this.#mode === 'swallow') {
          return;
        }
        if (!to.write(bytes)) {
          from.pause();
          to.once('drain', () => this.#mode !== 'stall' && from.resume());
        }
      });
      from.on('end', () => (this.#mode === 'swallow' ? end() : to.end()));
      from.on('error', end);
      from.on('close', () => from.destroyed && to.destroyed && this.#pairs.delete(pair));
      if (this.#mode === 'stall') {
        from.pause();
      }
    }
  }

  async cut(mode) {
    this.#mode = mode;
    if (mode === 'refuse') {
      const closed = new Promise((done) => this.#server.close(done));
      this.#destroyAll();
      await closed;
    } else if (mode === 'stall') {
      this.#pairs.forEach(({near, far}) => [near, far].forEach((socket) => socket.pause()));
    }
  }

  async mend() {
    const mode = this.#mode;
    this.#mode = 'whole';
    if (mode === 'refuse') {
      await this.open();
    } else if (mode === 'swallow') {
      // in a stream with a hole nobody can read on
      this.#destroyAll();
    } else {
      this.#pairs.forEach(({near, far}) => [near, far].forEach((socket) => socket.resume()));
    }
  }

  #destroyAll() {
    this.#pairs.forEach(({near, far}) => [near, far].forEach((socket) => socket.destroy()));
    this.#pairs.clear();
  }

  endNow() {
    this.#destroyAll();
    this.#server?.close();
  }
}

/** The status of a GET; 0 where nobody answers in time. */
export function status(port, path) {
  return new Promise((done) => {
    const asked = request({host: '127.0.0.1', port, path, agent: false, timeout: 5000}, (response) => {
      response.resume();
      done(response.statusCode);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => done(0));
    asked.end();
  });
}

/** What a server answers to a GET, which is JSON. */
async function answer(port, path) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {signal: AbortSignal.timeout(5000)});
  return response.json();
}

/** A replica of Switchboard, reached by its port. */
class Replica {
  constructor(program, port, line) {
    this.program = program;
    this.port = port;
    this.line = line;
  }

  ready() {
    return status(this.port, '/q/health/ready');
  }

  begin() {
    this.program.begin();
  }

  async start() {
    await this.program.start('is ready', async () => (await this.ready()) === 200);
  }

  end(signal) {
    return this.program.end(signal);
  }
}

/** One run's servers. */
export class Stage {
  #things = [];
  #key;
  #app;
  #setpriv;
  nats = [];
  #natsMonitors = [];
  natsPorts = [];
  replicas = [];

  /** @param app the folder of the packaged server; '' for that of this checkout */
  constructor(app) {
    this.#app = resolve(app || join(ROOT, 'target', 'quarkus-app'), 'quarkus-run.jar');
    if (!existsSync(this.#app)) {
      throw new Error(`Switchboard is not built: ./mvnw package, or name the folder of a packaged one (${this.#app} is missing)`);
    }
    this.java = java();
    this.#setpriv = find('setpriv');
    this.folder = mkdtempSync(join(tmpdir(), 'switchboard-faults-'));
    chmodSync(this.folder, 0o755);
    const {privateKey, publicKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
    this.#key = privateKey;
    writeFileSync(join(this.folder, 'public.pem'), publicKey.export({type: 'spki', format: 'pem'}));
  }

  /** The beginning of a command that is sent a signal when this process has ended, however that was. */
  endingWithThis(signal) {
    return this.#setpriv ? [this.#setpriv, '--pdeathsig', signal] : [];
  }

  /** A token for an hour. */
  token(user, {roles = [], workspaces = []} = {}) {
    const now = Math.floor(Date.now() / 1000);
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({alg: 'ES256', typ: 'JWT'})}.${part({sub: user, name: user, iat: now, exp: now + 3600, workspaces, roles})}`;
    return `${text}.${sign('sha256', Buffer.from(text), {key: this.#key, dsaEncoding: 'ieee-p1363'}).toString('base64url')}`;
  }

  /** Starts as many NATS servers; several are a cluster. */
  async startNats(count = 1) {
    const binary = need('nats-server', ['/usr/sbin'], 'on Debian: apt-get install nats-server');
    const routes = [];
    for (let i = 0; i < count; i++) {
      this.natsPorts.push(await freePort());
      routes.push(await freePort());
      this.#natsMonitors.push(await freePort());
    }
    for (let i = 0; i < count; i++) {
      const command = [binary, '-a', '127.0.0.1', '-p', `${this.natsPorts[i]}`, '-m', `${this.#natsMonitors[i]}`, '-js', '-sd', join(this.folder, `nats-${i}`)];
      if (count > 1) {
        const others = routes.filter((_, other) => other !== i).map((port) => `nats://127.0.0.1:${port}`);
        command.push('-n', `nats-${i}`, '--cluster_name', 'faults', '--cluster', `nats://127.0.0.1:${routes[i]}`, '--routes', others.join(','));
      }
      this.nats.push(this.#keep(new Program(this, `nats-${i}`, command)));
    }
    await Promise.all(this.nats.map((_, i) => this.startNatsAgain(i)));
  }

  startNatsAgain(i) {
    return this.nats[i].start('takes connections', () => takes(this.natsPorts[i]));
  }

  /** The index of the server that leads a stream; -1 where none does, or none says so. */
  async leaderOf(stream) {
    for (const port of this.#natsMonitors) {
      const {account_details: accounts = []} = await answer(port, '/jsz?accounts=true&streams=true').catch(() => ({}));
      const found = accounts.flatMap((account) => account.stream_detail ?? []).find((one) => one.name === stream);
      if (found?.cluster?.leader) {
        return this.nats.findIndex(({name}) => name === found.cluster.leader);
      }
    }
    return -1;
  }

  async startPostgres() {
    const installed = '/usr/lib/postgresql';
    const folders = existsSync(installed) ? readdirSync(installed).sort().reverse().map((version) => join(installed, version, 'bin')) : [];
    const remedy = 'on Debian: apt-get install postgresql';
    const [postgres, initdb] = ['postgres', 'initdb'].map((name) => need(name, folders, remedy));
    const folder = join(this.folder, 'postgres');
    mkdirSync(folder);
    // PostgreSQL refuses to be root's
    let ids = {};
    if (process.getuid() === 0) {
      ids = {uid: NOBODY, gid: NOBODY};
      chownSync(folder, NOBODY, NOBODY);
    }
    const data = join(folder, 'data');
    const making = this.#keep(
      new Program(this, 'initdb', [initdb, '-D', data, '-U', 'switchboard', '-A', 'trust', '--no-locale', '-E', 'UTF8', '--no-sync'], {folder, ids}),
    );
    making.begin();
    await until('PostgreSQL makes its folder', START_PATIENCE, () => !making.alive);
    const port = await freePort();
    this.postgres = this.#keep(
      new Program(this, 'postgres', [postgres, '-D', data, '-p', `${port}`, '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='], {
        folder,
        ids,
        // lets go of its shared memory
        last: 'QUIT',
      }),
    );
    this.postgresPort = port;
    await this.startPostgresAgain();
  }

  startPostgresAgain() {
    return this.postgres.start('takes connections', () => takes(this.postgresPort));
  }

  /**
   * Starts replicas.
   *
   * @param lines whether each reaches NATS over a line that can be cut
   * @param alone whether each is a process of its own, without NATS and PostgreSQL
   * @param settings key=value
   */
  async startReplicas(count, {lines = false, alone = false, settings = []} = {}) {
    for (let i = 0; i < count; i++) {
      const port = await freePort();
      let line = null;
      let servers = this.natsPorts;
      if (lines) {
        line = new Line(await freePort(), this.natsPorts[0]);
        await line.open();
        this.#things.push(line);
        servers = [line.port];
      }
      const folder = join(this.folder, `replica-${i}`);
      mkdirSync(folder);
      const all = [
        'quarkus.http.host=127.0.0.1',
        `quarkus.http.port=${port}`,
        `mp.jwt.verify.publickey.location=${pathToFileURL(join(this.folder, 'public.pem'))}`,
        ...(alone
          ? []
          : [
              `switchboard.cluster.nats.servers=${servers.map((one) => `nats://127.0.0.1:${one}`).join(',')}`,
              'switchboard.storage.kind=postgresql',
              `switchboard.storage.url=jdbc:postgresql://127.0.0.1:${this.postgresPort}/postgres`,
              'switchboard.storage.username=switchboard',
            ]),
        ...settings,
      ];
      const command = [this.java, '-Xmx512m', ...all.map((setting) => `-D${setting}`), '-jar', this.#app];
      this.replicas.push(new Replica(this.#keep(new Program(this, `replica-${i}`, command, {folder})), port, line));
    }
    // one after the other where the first has tables to make
    await this.replicas[0].start();
    await Promise.all(this.replicas.slice(1).map((replica) => replica.start()));
  }

  #keep(thing) {
    this.#things.push(thing);
    return thing;
  }

  /** Ends everything at once and deletes the folder; the output of the programs goes to another one before, if that is named. */
  endNow(logs = '') {
    this.#things.splice(0).forEach((thing) => thing.endNow());
    if (logs) {
      mkdirSync(logs, {recursive: true});
      readdirSync(this.folder)
        .filter((name) => name.endsWith('.log'))
        .forEach((name) => cpSync(join(this.folder, name), join(logs, name)));
    }
    // what was ended a moment ago may still write
    rmSync(this.folder, {recursive: true, force: true, maxRetries: 20, retryDelay: 100});
  }
}
