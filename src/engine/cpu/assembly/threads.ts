/** @file Fork and join: helpers wait for a program, every thread runs all of it, and barriers keep them in step. */

/** Addresses in the control block, each on its own cache line. */
const ARRIVED: usize = 64;
const GENERATION: usize = 128;
const COMMAND: usize = 192;
const PROGRAM: usize = 256;
const CALLS: usize = 260;
const THREADS: usize = 264;

/** Looks before a thread goes to sleep; some tens of microseconds. */
const PATIENCE: i32 = 20000;

/** Waits until all threads are here. */
export function barrier(threads: i32): void {
  if (!ASC_FEATURE_THREADS) return;
  if (threads === 1) return;
  const generation = atomic.load<i32>(GENERATION);
  if (atomic.add<i32>(ARRIVED, 1) === threads - 1) {
    atomic.store<i32>(ARRIVED, 0);
    atomic.add<i32>(GENERATION, 1);
    atomic.notify(GENERATION, 64);
    return;
  }
  for (let i = 0; i < PATIENCE; i++) if (atomic.load<i32>(GENERATION) !== generation) return;
  while (atomic.load<i32>(GENERATION) === generation) atomic.wait<i32>(GENERATION, generation, -1);
}

/** Gives the helpers a program; only the first thread calls it. */
export function announce(program: usize, calls: i32, threads: i32): void {
  if (!ASC_FEATURE_THREADS) return;
  if (threads === 1) return;
  atomic.store<i32>(PROGRAM, program as i32);
  atomic.store<i32>(CALLS, calls);
  atomic.store<i32>(THREADS, threads);
  atomic.add<i32>(COMMAND, 1);
  atomic.notify(COMMAND, 64);
}

/** Waits for a command other than the one seen last; returns it. */
export function nextCommand(seen: i32): i32 {
  if (!ASC_FEATURE_THREADS) return 0;
  for (let i = 0; i < PATIENCE; i++) {
    const command = atomic.load<i32>(COMMAND);
    if (command !== seen) return command;
  }
  while (atomic.load<i32>(COMMAND) === seen) atomic.wait<i32>(COMMAND, seen, -1);
  return atomic.load<i32>(COMMAND);
}

/** The program of the present command. */
export function announcedProgram(): usize {
  return load<i32>(PROGRAM) as usize;
}

/** The number of its calls. */
export function announcedCalls(): i32 {
  return load<i32>(CALLS);
}

/** The number of threads that run it. */
export function announcedThreads(): i32 {
  return load<i32>(THREADS);
}
