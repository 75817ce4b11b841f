import { lightOf, type Rate, type Thresholds } from '../figures.js';
import { usePage } from '../page.js';
import { Icon, type IconName } from './icon.js';

/** Traffic light of a rate: colour, shape and word. `terse` keeps the word for screen readers only. */
export function RateLight({
  rate,
  thresholds,
  terse = false,
}: {
  rate: Rate;
  thresholds?: Thresholds;
  terse?: boolean;
}) {
  const { text } = usePage();
  const light = lightOf(rate, thresholds);
  return (
    <span className={`light ${light}`} title={terse ? text.lights[light] : undefined}>
      <Icon name={light} />
      <span className={terse ? 'unseen' : undefined}>{text.lights[light]}</span>
    </span>
  );
}

const TIMELINESS: Record<string, { tone: string; icon: IconName }> = {
  early: { tone: 'good', icon: 'done' },
  'on-time': { tone: 'good', icon: 'done' },
  late: { tone: 'poor', icon: 'poor' },
  overdue: { tone: 'poor', icon: 'poor' },
  'due-soon': { tone: 'fair', icon: 'fair' },
  'in-time': { tone: 'calm', icon: 'clock' },
  paused: { tone: 'none', icon: 'pause' },
  'no-due-date': { tone: 'none', icon: 'none' },
};

export function TimelinessBadge({ timeliness }: { timeliness: string }) {
  const { text } = usePage();
  const look = TIMELINESS[timeliness] ?? { tone: 'none', icon: 'none' as const };
  return (
    <span className={`light ${look.tone}`}>
      <Icon name={look.icon} />
      {text.timeliness[timeliness] ?? timeliness}
    </span>
  );
}
