// Validates an AsyncAPI document, and what a server has sent against it.
//
//   node asyncapi.mjs <document> [messages]
//
// Errors and warnings of the parser end it with exit code 1. With messages, a file with one message of JSON a line, each must be
// one that the document says the server sends, and exactly one. Prints the name of each.

import {readFile} from 'node:fs/promises';
import {DiagnosticSeverity, Parser} from '@asyncapi/parser';
import Ajv from 'ajv';

const [document, messages] = process.argv.slice(2);
if (!document) {
  console.error('usage: node asyncapi.mjs <document> [messages]');
  process.exit(2);
}

const {document: parsed, diagnostics} = await new Parser().parse(await readFile(document, 'utf8'));
let wrong = 0;
for (const {severity, code, message, path} of diagnostics) {
  // hints and information are of no matter
  if (severity <= DiagnosticSeverity.Warning) {
    console.error(`${code} at ${path.join('.')}: ${message}`);
    wrong++;
  }
}
if (!parsed) {
  process.exit(1);
}

const ajv = new Ajv({strict: false, allErrors: true, validateFormats: false});
const sent = parsed.operations().filterBySend().flatMap((operation) => [...operation.messages()])
    .filter((message) => message.contentType() !== 'application/octet-stream')
    .map((message) => ({name: message.id(), type: typeOf(message), validate: ajv.compile(message.payload().json())}));

function typeOf(message) {
  return message.payload().json().properties.type.const;
}

function* lines(text) {
  for (const line of text.split('\n')) {
    if (line) {
      yield line;
    }
  }
}

for (const line of messages ? lines(await readFile(messages, 'utf8')) : []) {
  const message = JSON.parse(line);
  const fits = sent.filter(({validate}) => validate(message));
  if (fits.length === 1) {
    console.log(fits[0].name);
    continue;
  }
  wrong++;
  console.error(`${fits.length === 0 ? 'none' : fits.map(({name}) => name)} fits ${line}`);
  for (const {name, type, validate} of fits.length === 0 ? sent : []) {
    if (type === message.type) {
      validate(message);
      console.error(`  ${name}: ${ajv.errorsText(validate.errors, {dataVar: ''})}`);
    }
  }
}
process.exit(wrong > 0 ? 1 : 0);
