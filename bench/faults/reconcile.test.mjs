// node --test bench/faults/

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {percentiles, reconcile, reconcileNodes} from './reconcile.mjs';

const message = (publisher, serial, offset, epoch = 'e') => ({publisher, serial, id: `${publisher}-${serial}`, offset, epoch});
const A0 = message('a', 0, 10);
const B0 = message('b', 0, 11);
const A1 = message('a', 1, 12);
const B1 = message('b', 1, 13);
const ALL = [A0, B0, A1, B1];

const good = {name: 'good', received: ALL};
const other = (received, rest = {}) => ({name: 'other', received, ...rest});
const counts = ({lost, duplicated, disordered, unaccepted, good: fine}) => ({lost, duplicated, disordered, unaccepted, good: fine});
const NOTHING = {lost: 0, duplicated: 0, disordered: 0, unaccepted: 0};

test('nothing is wrong where all saw all in one order', () => {
  const found = reconcile(ALL, [good, other([...ALL])]);
  assert.deepEqual(counts(found), {...NOTHING, good: true});
  assert.deepEqual([found.accepted, found.received_min, found.received_max, found.findings], [4, 4, 4, []]);
});

test('a loss is found, in the midst and at the end', () => {
  for (const rest of [[A0, A1, B1], [A0, B0, A1]]) {
    const found = reconcile(ALL, [good, other(rest)]);
    assert.deepEqual(counts(found), {...NOTHING, lost: 1, good: false});
    assert.equal(found.received_min, 3);
    assert.match(found.findings[0], /^other never saw b\/[01]$/);
  }
});

test('what all have lost is lost', () => {
  assert.deepEqual(counts(reconcile(ALL, [other([A0, B0]), other([A0, B0])])), {...NOTHING, lost: 4, good: false});
});

test('a recovery that was incomplete counts as a loss', () => {
  const found = reconcile(ALL, [good, other(ALL, {incomplete: 1})]);
  assert.deepEqual(counts(found), {...NOTHING, lost: 1, good: false});
  assert.equal(found.incomplete, 1);
});

test('a duplicate is found, at once and later, and with another position', () => {
  for (const twice of [[A0, A0, B0, A1, B1], [A0, B0, A1, B1, A0], [A0, B0, A1, B1, message('a', 0, 14)]]) {
    assert.deepEqual(counts(reconcile(ALL, [good, other(twice)])), {...NOTHING, duplicated: 1, good: false});
  }
});

test('two messages with one id are a duplicate', () => {
  const found = reconcile(ALL, [other([A0, B0, A1, {...B1, id: A0.id}])]);
  assert.equal(found.duplicated, 1);
  assert.equal(found.good, false);
});

test('a disorder by the offset is found', () => {
  const found = reconcile(ALL, [other([A0, A1, B0, B1])]);
  assert.deepEqual(counts(found), {...NOTHING, disordered: 1, good: false});
  assert.match(found.findings[0], /b\/0 out of order: at 11 behind 12/);
});

test('a disorder by the serial number of a publisher is found, though offsets rise', () => {
  const swapped = [message('a', 1, 10), B0, message('a', 0, 12), B1];
  const found = reconcile(ALL, [other(swapped)]);
  assert.deepEqual(counts(found), {...NOTHING, disordered: 1, good: false});
  assert.match(found.findings[0], /a\/0 out of order: behind number 1 of its publisher/);
});

test('a disorder between clients is found, though the epochs differ', () => {
  const late = (one) => ({...one, epoch: 'f'});
  const found = reconcile(ALL, [other([A0, B0, late(A1), late(B1)]), {name: 'third', received: [late(A1), late(B1), A0, B0]}]);
  assert.equal(found.good, false);
  assert.match(found.findings[0], /^third saw a\/0 out of order/);
});

test('one message at two positions is found', () => {
  const found = reconcile(ALL, [good, other([A0, B0, A1, message('b', 1, 14)])]);
  assert.deepEqual(counts(found), {...NOTHING, disordered: 1, good: false});
});

test('what nobody was promised is found', () => {
  const found = reconcile([A0, B0, A1], [good]);
  assert.deepEqual(counts(found), {...NOTHING, unaccepted: 1, good: false});
});

test('nodes: the end must be the last, once, and the change before it, once', () => {
  const seen = (...types) => [{name: 'cells', received: types.map((type) => ({uuid: 'n', type}))}];
  const of = (...types) => counts(reconcileNodes(['n'], seen(...types)));
  const fine = {lost: 0, duplicated: 0, disordered: 0, unaccepted: undefined, good: true};
  const bad = {...fine, good: false};
  assert.deepEqual(of('UPDATE_META', 'DELETE'), fine);
  assert.deepEqual(of('DELETE', 'UPDATE_META'), {...bad, disordered: 1});
  assert.deepEqual(of('UPDATE_META'), {...bad, lost: 1});
  assert.deepEqual(of('DELETE'), {...bad, lost: 1});
  assert.deepEqual(of('UPDATE_META', 'DELETE', 'DELETE'), {...bad, duplicated: 1});
  assert.deepEqual(of('UPDATE_META', 'DELETE', 'UPDATE_META'), {...bad, duplicated: 1, disordered: 1});
});

test('percentiles', () => {
  assert.deepEqual(percentiles([]), {p50: null, p99: null, max: null});
  assert.deepEqual(percentiles(Array.from({length: 100}, (_, i) => i + 0.4)), {p50: 50, p99: 99, max: 99});
});
