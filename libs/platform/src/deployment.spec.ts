import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { configPieces } from './config.js';

/** What can be told of image and composition without an engine: they must fit the code beside them. */

interface Service {
  image: string;
  command: string[];
  environment: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  mem_limit?: string;
  healthcheck?: { test: string[]; interval: string };
}

const text = readFileSync('docker-compose.yml', 'utf8');
const { services } = parse(text, { merge: true }) as { services: Record<string, Service> };
const { postgres, ...apps } = services;
const named = Object.entries(apps);

/** The source of a built program. */
const sourceOf = (program: string): string => program.replace(/^dist\//, '').replace(/\.js$/, '.ts');
const programIn = (command: readonly string[]): string =>
  command.find((part) => part.startsWith('dist/')) ?? '';

describe('docker-compose.yml', () => {
  it('runs PostgreSQL and the four processes', () => {
    expect(Object.keys(services).sort()).toEqual(['clock', 'intake', 'postgres', 'processing', 'reporting']);
    expect(postgres?.image).toMatch(/^postgres:18/);
  });

  it.each(named)('%s starts a program that exists, each its own', (name, { command }) => {
    expect(programIn(command)).toBe(`dist/apps/${name}/src/main.js`);
    expect(existsSync(sourceOf(programIn(command)))).toBe(true);
  });

  it.each(named)('%s is given only variables that the configuration knows', (_, { environment }) => {
    const known = [...Object.keys(configPieces), 'PORT'];
    expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([]);
  });

  it.each(named)('%s is asked for its health where it listens', (_, { environment, healthcheck, ports }) => {
    const port = environment.PORT ?? '';
    expect(healthcheck?.test.join(' ')).toContain(`http://127.0.0.1:${port}/health/live`);
    for (const published of ports ?? []) expect(published).toBe(`127.0.0.1:${port}:${port}`);
  });

  it('publishes intake and reporting, on the loopback address only', () => {
    const published = Object.entries(services).filter(([, { ports }]) => ports !== undefined);
    expect(published.map(([name]) => name).sort()).toEqual(['intake', 'reporting']);
  });

  it('has no password of its own', () => {
    const uses = text.match(/\$\{POSTGRES_PASSWORD[^}]*\}/g) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((use) => !use.startsWith('${POSTGRES_PASSWORD:?'))).toEqual([]);
    expect(postgres?.environment.POSTGRES_PASSWORD).toBe(uses[0]);
    for (const [, { environment }] of named) {
      expect(environment.DATABASE_URL).toMatch(
        /^postgres:\/\/dunghan:\$\{POSTGRES_PASSWORD:\?[^}]+\}@postgres:5432\/dunghan$/,
      );
    }
  });

  it('bounds memory, checks health and keeps the data', () => {
    for (const { mem_limit, healthcheck } of Object.values(services)) {
      expect([mem_limit, healthcheck?.interval]).not.toContain(undefined);
    }
    expect(postgres?.volumes).toEqual(['database:/var/lib/postgresql']);
  });
});

describe('the image', () => {
  const lines = readFileSync('deploy/Dockerfile', 'utf8').split('\n');
  const final = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

  it('runs a program that exists, not as root', () => {
    const command = JSON.parse(final.find((line) => line.startsWith('CMD '))?.slice(4) ?? '[]') as string[];
    expect(existsSync(sourceOf(programIn(command)))).toBe(true);
    expect(final.filter((line) => line.startsWith('USER '))).toEqual(['USER node']);
  });

  it('holds what the programs read beside themselves', () => {
    for (const path of ['dist', 'data/calendars', 'package.json', 'node_modules']) {
      expect(final.some((line) => line.startsWith('COPY ') && line.includes(path))).toBe(true);
    }
  });
});
