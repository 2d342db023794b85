import assert from "node:assert/strict";
import test from "node:test";
import { Clock, union } from "../src/core/clock.js";

const EPOCHS = [0, 1, 2, 4, 8];

test("places and epochs are each other's inverse, also between snapshots of uneven distance", () => {
  const clock = new Clock(EPOCHS, null);
  for (const epoch of [0, 0.5, 1, 3, 4, 7, 8]) {
    clock.show(epoch);
    assert.equal(clock.epoch, epoch);
  }
  clock.show(6);
  assert.equal(clock.place, 3.5);
});

test("an epoch outside the run is its first or its last", () => {
  const clock = new Clock(EPOCHS, null);
  clock.show(-5);
  assert.equal(clock.epoch, 0);
  clock.show(1e9);
  assert.equal(clock.epoch, 8);
});

test("without smooth motion it is the snapshot before that is shown", () => {
  const clock = new Clock(EPOCHS, null);
  clock.smooth = false;
  clock.show(6);
  assert.equal(clock.epoch, 4);
  assert.equal(clock.between, false);
});

test("a step goes to the next snapshot, from between two of them as well, and stops at the ends", () => {
  const clock = new Clock(EPOCHS, null);
  clock.show(3);
  clock.step(1);
  assert.equal(clock.epoch, 4);
  clock.show(3);
  clock.step(-1);
  assert.equal(clock.epoch, 2);
  clock.show(8);
  clock.step(1);
  assert.equal(clock.epoch, 8);
  clock.show(0);
  clock.step(-1);
  assert.equal(clock.epoch, 0);
});

test("playing takes the seconds it was given, and stops at the end", () => {
  const clock = new Clock(EPOCHS, 10);
  clock.play();
  clock.advance(5);
  assert.equal(clock.place, 2);
  assert.ok(clock.playing);
  clock.speed = 2;
  clock.advance(3);
  assert.equal(clock.epoch, 8);
  assert.equal(clock.playing, false);
});

test("a loop rests on the last epoch, then begins anew", () => {
  const clock = new Clock(EPOCHS, 1);
  clock.loop = true;
  clock.play();
  clock.advance(2);
  assert.equal(clock.epoch, 8);
  clock.advance(0.5);
  assert.equal(clock.epoch, 8);
  clock.advance(1);
  assert.equal(clock.epoch, 0);
  assert.ok(clock.playing);
});

test("play from the end begins at the start", () => {
  const clock = new Clock(EPOCHS, 1);
  clock.show(8);
  clock.play();
  assert.equal(clock.epoch, 0);
});

test("one snapshot does not play", () => {
  const clock = new Clock([3], null);
  clock.play();
  clock.advance(1);
  clock.step(1);
  assert.equal(clock.playing, false);
  assert.equal(clock.epoch, 3);
});

test("runs of different epochs share a clock", () => {
  assert.deepEqual(
    union([
      [0, 1, 2],
      [0, 0.5, 2, 3],
    ]),
    [0, 0.5, 1, 2, 3],
  );
});
