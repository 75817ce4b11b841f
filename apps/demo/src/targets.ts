import { rate } from '#libs/dossier';

/**
 * The published figures of Cần Thơ for 2018. The only place where they stand: the generator plans
 * single dossiers that add up to them, and the demo compares what the API answers with them.
 */
const CANTHO_2018 = {
  resolved: 674_062,
  late: 486,
  /** Open at the end of the year and not past their due date. */
  openNotYetDue: 12_659,
  /** Open at the end of the year and past their due date while a supplement is awaited. */
  openPastDueWhilePaused: 7,
} as const;

export interface Targets {
  resolved: number;
  earlyOrOnTime: number;
  late: number;
  /** Percent with two decimals, half up, as reports print it. */
  rateA: string;
  open: number;
  openNotYetDue: number;
  openPastDueWhilePaused: number;
}

/**
 * The figures divided by `scale`, each rounded to the nearest. Late and past-due ones are never
 * scaled away, because a demo without a late dossier shows nothing.
 */
export function targetsAt(scale: number): Targets {
  const resolved = Math.round(CANTHO_2018.resolved / scale);
  const late = Math.max(1, Math.round(CANTHO_2018.late / scale));
  const openNotYetDue = Math.round(CANTHO_2018.openNotYetDue / scale);
  const openPastDueWhilePaused = Math.max(1, Math.round(CANTHO_2018.openPastDueWhilePaused / scale));
  const earlyOrOnTime = resolved - late;
  return {
    resolved,
    earlyOrOnTime,
    late,
    rateA: (rate(earlyOrOnTime, resolved).percent ?? 0).toFixed(2),
    open: openNotYetDue + openPastDueWhilePaused,
    openNotYetDue,
    openPastDueWhilePaused,
  };
}
