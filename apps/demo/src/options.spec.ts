import { describe, expect, it } from '@jest/globals';
import { readOptions, UsageError } from './options.js';

describe('the options of the demo', () => {
  it('has a tenth of the year on port 8080 by default, and serves on', () => {
    expect(readOptions([], {})).toEqual({
      scale: 10,
      seed: 2_018,
      once: false,
      kafka: false,
      observe: false,
      folder: '.demo',
      host: '127.0.0.1',
      port: 8_080,
    });
  });

  it.each([
    [['--full'], { scale: 1 }],
    [['--scale', '25', '--once', '--seed', '7'], { scale: 25, once: true, seed: 7 }],
    [['--port', '9000'], { port: 9_000 }],
    [['--kafka', '--once'], { kafka: true, once: true }],
    [['--observe'], { observe: true, kafka: false }],
    [['--observe', '--kafka', '--folder', 'elsewhere'], { observe: true, kafka: true, folder: 'elsewhere' }],
  ])('reads %j', (argv, expected) => {
    expect(readOptions(argv, { PORT: '8090' })).toMatchObject({ port: 8_090, ...expected });
  });

  it.each([
    [['--scale', '0'], '--scale must be a whole number from 1 to 100000, not "0".'],
    [['--scale', '2.5'], '--scale must be a whole number'],
    [['--scale', '5', '--full'], '--full means --scale 1'],
    [['--port', '70000'], '--port must be a whole number'],
    [['--observe', '--once'], '--observe is for a demo that serves on'],
    [['--fast'], "Unknown option '--fast'"],
  ])('refuses %j and says what is wrong', (argv, message) => {
    expect(() => readOptions(argv, {})).toThrow(UsageError);
    expect(() => readOptions(argv, {})).toThrow(message);
  });
});
