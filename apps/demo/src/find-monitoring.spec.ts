import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMonitoring } from './find-monitoring.js';

describe('the programs that watch', () => {
  let PATH: string;
  beforeEach(() => {
    PATH = mkdtempSync(join(tmpdir(), 'dunghan-path-'));
  });
  afterEach(() => rmSync(PATH, { recursive: true }));

  const install = (name: string, exitCode = 0): void =>
    writeFileSync(join(PATH, name), `#!/bin/sh\nexit ${exitCode}\n`, { mode: 0o755 });

  it.each([
    [['prometheus', 'prometheus-alertmanager'], 'prometheus-alertmanager'],
    [['prometheus', 'alertmanager'], 'alertmanager'],
    [['prometheus', 'alertmanager', 'prometheus-alertmanager'], 'prometheus-alertmanager'],
  ])('are found as %j', (names, alertmanager) => {
    names.forEach((name) => install(name));
    expect(findMonitoring({ PATH })).toEqual({ prometheus: 'prometheus', alertmanager });
  });

  it.each([[[]], [['prometheus']], [['prometheus-alertmanager']]])(
    'are not there with %j alone',
    (names: string[]) => {
      names.forEach((name) => install(name));
      expect(findMonitoring({ PATH })).toBeUndefined();
    },
  );

  it('are not there when one of them does not run', () => {
    install('prometheus', 1);
    install('prometheus-alertmanager');
    expect(findMonitoring({ PATH })).toBeUndefined();
  });
});
