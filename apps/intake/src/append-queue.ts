import { Inject, Injectable } from '@nestjs/common';
import { EVENTS_TOPIC } from '#libs/contracts';
import { EventLog, type LogMessage } from '#libs/event-log';
import { metrics } from './metrics.js';

/** One append takes at most this many messages, whole requests only; bounds the transaction's size. */
const MOST_MESSAGES = 10_000;

interface Request {
  messages: readonly LogMessage[];
  resolve(): void;
  reject(reason: unknown): void;
}

/**
 * Group commit: while one append is under way, requests gather and go to the log together in the
 * next. A log that takes 5 ms to be durable would otherwise bound single events to 200 a second.
 */
@Injectable()
export class AppendQueue {
  private waiting: Request[] = [];
  private appending = false;

  constructor(@Inject(EventLog) private readonly log: EventLog) {}

  /** Requests that wait for the append under way to end. */
  get length(): number {
    return this.waiting.length;
  }

  /** Resolves once the log has all of the messages; rejects if it has none of them. */
  append(messages: readonly LogMessage[]): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waiting.push({ messages, resolve, reject });
      if (!this.appending) void this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.appending = true;
    while (this.waiting.length > 0) {
      const group = this.nextGroup();
      const messages = group.flatMap((request) => request.messages);
      const appended = metrics.appending();
      try {
        await this.log.append(EVENTS_TOPIC, messages);
        appended();
        for (const request of group) request.resolve();
      } catch (error) {
        for (const request of group) request.reject(error);
      }
    }
    this.appending = false;
  }

  /** The longest run of requests that fits; at least one. */
  private nextGroup(): Request[] {
    let count = 0;
    const tooMany = this.waiting.findIndex((request, index) => {
      count += request.messages.length;
      return index > 0 && count > MOST_MESSAGES;
    });
    return this.waiting.splice(0, tooMany === -1 ? this.waiting.length : tooMany);
  }
}
