/** Shapes differ, not only colours: each status is told by form, word and colour. */
const PATHS = {
  good: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm-1 10L3.9 7.9l1.2-1.2L7 8.600l3.9-3.900 1.200 1.200Z',
  fair: 'M8 1 .600 14.500h14.800ZM7.200 6h1.600v4.500H7.200Zm0 5.500h1.600v1.600H7.200Z',
  poor: 'M5 1 1 5v6l4 4h6l4-4V5l-4-4Zm6.200 9-1.200 1.200-2-2-2 2L4.800 10l2-2-2-2L6 4.800l2 2 2-2L11.200 6l-2 2Z',
  none: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1ZM4 7.200h8v1.600H4Z',
  clock: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm3.500 9.800L7.200 8.500V3.500h1.600v4l3.500 1.900Z',
  pause: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1ZM5.500 5h1.800v6H5.500Zm3.200 0h1.800v6H8.700Z',
  done: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm-1 10L3.9 7.9l1.2-1.2L7 8.600l3.9-3.900 1.200 1.200Z',
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path fillRule="evenodd" fill="currentColor" d={PATHS[name]} />
    </svg>
  );
}
