import { trace, TraceFlags } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { Config } from './config.js';

/** Which spans are recorded, by the standard's names. */
export function samplerOf(name: Config['OTEL_TRACES_SAMPLER'], ratio: number): Sampler {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return followed(new AlwaysOnSampler());
    case 'parentbased_always_off':
      return followed(new AlwaysOffSampler());
    case 'parentbased_traceidratio':
      return followed(new TraceIdRatioBasedSampler(ratio));
  }
}

const followed = (root: Sampler): Sampler => new ParentBasedSampler({ root: new FollowsLinks(root) });

/**
 * A batch has no parent, for it belongs to many requests; it links to them. It is recorded if one of them is, as
 * a child would be, or a request that is followed would be lost at the log.
 */
class FollowsLinks implements Sampler {
  constructor(private readonly other: Sampler) {}

  shouldSample(...asked: Parameters<Sampler['shouldSample']>): ReturnType<Sampler['shouldSample']> {
    const [context, , , , , links] = asked;
    const isRoot = trace.getSpanContext(context) === undefined;
    if (isRoot && links.some((link) => (link.context.traceFlags & TraceFlags.SAMPLED) !== 0)) {
      return { decision: SamplingDecision.RECORD_AND_SAMPLED };
    }
    return this.other.shouldSample(...asked);
  }

  toString(): string {
    return `FollowsLinks{${this.other.toString()}}`;
  }
}
