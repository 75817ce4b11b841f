import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Announce } from './announce.js';
import { metrics } from './metrics.js';

@Module({ providers: [Announce] })
export class ClockModule implements OnModuleInit {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  onModuleInit(): void {
    metrics.register(this.database);
  }
}
