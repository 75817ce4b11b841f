import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { mergeCalendar, recordsAsOf, firstArrivals, parseInstant, dayOf, parseDay, type World, type Records } from '#libs/testing';
const src = JSON.parse(readFileSync('/work/shared/data/calendar-2018-2027.json', 'utf8'));
let world: any = { agencies: [], procedures: [], arrivals: [], calendars: [{ recordedAt: 0, document: { sessions: [['07:00', '11:00'], ['13:00', '17:00']], days: src.days.map((d: any) => ({ on: d.date, kind: d.kind.toLowerCase(), reason: d.reason })) } }] };
let cached: Records | null = null;
const now = () => (cached ??= recordsAsOf(world as World, 1e15));
const asOfs = new Map<string, Records>();
const server = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (c) => chunks.push(c));
  req.on('end', () => {
    const url = new URL(req.url!, 'http://x');
    const body = chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : null;
    const send = (status: number, value: unknown) => { res.statusCode = status; res.end(JSON.stringify(value)); };
    try {
      const p = url.pathname;
      const q = Object.fromEntries(url.searchParams);
      if (req.method === 'PUT') {
        cached = null;
        if (p.endsWith('/agencies')) world = { ...world, agencies: [...world.agencies, ...body.agencies] };
        else if (p.endsWith('/procedures')) world = { ...world, procedures: [...world.procedures, ...body.procedures] };
        else { world = { ...world, calendars: [...world.calendars, { recordedAt: Date.now(), document: mergeCalendar(world.calendars.at(-1).document, body) }] }; console.log(JSON.stringify(body.days)); }
        return send(200, { upserted: 1 });
      }
      if (req.method === 'POST') { cached = null; const recordedAt = Date.now(); world = { ...world, arrivals: [...world.arrivals, ...body.map((event: any) => ({ event, recordedAt }))] }; return send(202, { accepted: body.length }); }
      if (p.startsWith('/v1/catalogue/calendars')) return send(200, world.calendars.at(-1).document);
      if (p === '/v1/progress') return send(200, { caughtUp: true, stages: [] });
      if (p === '/v1/dossiers') {
        if (q.limit === '0' || q.limit === '501' || q.limit === 'x' || q.cursor === '!' || q.state === 'open' || q.timeliness === 'green' || q.agency === 'nobody' || q.procedure === 'nothing' || q.channel === 'fax') return send(400, {});
        const all = now().list(Date.now(), q as any);
        const from = Number(q.cursor ?? 0), to = from + Number(q.limit);
        return send(200, { items: all.slice(from, to), next: to < all.length ? String(to) : null });
      }
      if (p.startsWith('/v1/dossiers/')) {
        const [, , , s, c] = p.split('/').map(decodeURIComponent);
        const r = now().dossiers.find((d) => d.source === s && d.code === c);
        if (!r) return send(404, {});
        const events = firstArrivals(world.arrivals).map((a: any) => a.event).filter((e: any) => e.source === s && e.subject === c);
        const shown: any = now().show(r, Date.now());
        if (process.env.BUG === 'dossier' && shown.extensionCount === 2) shown.extensionCount = 3;
        return send(200, { ...shown, events, anomalies: r.stateAt(1e15).anomalies });
      }
      if (p.startsWith('/v1/reports')) {
        const asOf = parseInstant(q.asOf ?? '2026-11-22T10:00:00.000+07:00');
        if (parseDay(q.from!) > dayOf(asOf)) return send(400, {});
        const key = q.asOf!;
        let r = asOfs.get(key); if (!r || process.env.NOCACHE) { r = recordsAsOf(world, asOf); asOfs.set(key, r); }
        const { flat, ...rest } = q;
        const a: any = r.report({ ...rest, flat: flat === 'true' } as any);
        const names = new Map([...world.agencies.map((x: any) => [x.id, x.name]), ...world.procedures.map((x: any) => [x.code, x.name])]);
        if (process.env.BUG === 'report' && q.by === 'channel' && a.total.open.total) a.total.open.total++;
        return send(200, { ...q, total: a.total, rows: a.rows.map((x: any) => ({ ...x, name: names.get(x.key) ?? x.key })), identities: { violations: [] } });
      }
      send(404, {});
    } catch (e) { send(500, { error: String((e as Error).stack) }); }
  });
});
await new Promise<void>((r) => server.listen(0, '127.0.0.1', () => r()));
server.unref();
process.env.MODEL_URL = `http://127.0.0.1:${(server.address() as any).port}`;
await import('./model.e2e.spec.js');
