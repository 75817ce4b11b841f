import { createHash } from 'node:crypto';
import { Controller, Get, Headers, Inject, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ProblemError, type PublicReport } from '#libs/contracts';
import { LOGGER, type Logger } from '#libs/platform';
import { type Catalogue, CatalogueStore } from '#libs/store';
import { measured } from '../measured.js';
import { neighbouringMonths, PublicBoard, type PublicQuery, readPublicQuery } from './public-board.js';
import { BOARD_POLICY, boardFault, boardPage, type BoardLook } from './public-board-page.js';
import type { RawQuery } from '../reports/report-query.js';

/** Long enough to spare us a crowd, short enough that a correction is seen the same hour. */
const CACHE_CONTROL = 'public, max-age=300';

/** What everybody may see: figures of a month without dossiers, as data and as a page. */
@Controller()
export class PublicBoardController {
  constructor(
    @Inject(PublicBoard) private readonly board: PublicBoard,
    @Inject(CatalogueStore) private readonly catalogues: CatalogueStore,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @Get('v1/public/timeliness')
  async timeliness(
    @Query() raw: RawQuery,
    @Headers('if-none-match') known: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    // Refusals, too, are for whatever site asks.
    reply.header('access-control-allow-origin', '*');
    const { report } = await this.report(raw);
    answer(reply, known, tagOf(report), 'application/json; charset=utf-8', () => JSON.stringify(report));
  }

  @Get('congkhai')
  async page(
    @Query() raw: RawQuery,
    @Headers('if-none-match') known: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    reply.header('content-security-policy', BOARD_POLICY).header('x-content-type-options', 'nosniff');
    const asked = (name: string): string | undefined => [raw[name]].flat()[0] || undefined;
    const look: BoardLook = {
      language: asked('lang') === 'en' ? 'en' : 'vi',
      embedded: asked('nhung') === '1',
    };
    let agency = asked('donvi');
    try {
      const catalogue = await this.catalogues.current();
      // A province alone at the top would be a table of one row.
      const [root, ...others] = catalogue.roots();
      agency ??= others.length === 0 ? root : undefined;
      const { report, query } = await this.report({ month: asked('thang'), agency });
      const places = {
        path: pathTo(catalogue, agency),
        below: report.rows.map(({ key }) => key).filter((key) => catalogue.childrenOf(key).length > 0),
        ...neighbouringMonths(query),
      };
      answer(reply, known, tagOf({ report: tagOf(report), places, look }), HTML, () =>
        boardPage(report, places, look),
      );
    } catch (error) {
      const [status, fault] = faultOf(error, agency);
      if (status >= 500) this.logger.error({ err: error }, 'the public board cannot be shown');
      void reply.status(status).type(HTML).header('cache-control', 'no-store').send(boardFault(fault, look));
    }
  }

  private report(raw: RawQuery): Promise<{ report: PublicReport; query: PublicQuery }> {
    return measured('public', async () => {
      const catalogue = await this.catalogues.current();
      const query = readPublicQuery(raw, catalogue, Date.now());
      return { report: await this.board.make(query, catalogue), query };
    });
  }
}

const HTML = 'text/html; charset=utf-8';

/** Weak: the instant that the figures are of moves on, and they are the same. */
const tagOf = (content: object): string =>
  `W/"${createHash('sha256')
    .update(JSON.stringify({ ...content, asOf: undefined }))
    .digest('base64url')
    .slice(0, 22)}"`;

/** Answers in full, or that it is as the asker knows it. */
function answer(
  reply: FastifyReply,
  known: string | undefined,
  tag: string,
  type: string,
  body: () => string,
): void {
  reply.header('cache-control', CACHE_CONTROL).header('etag', tag);
  const bare = (one: string): string => one.trim().replace(/^W\//, '');
  const isKnown = known?.split(',').some((one) => one.trim() === '*' || bare(one) === bare(tag));
  if (isKnown) void reply.status(304).send();
  else void reply.type(type).send(body());
}

function pathTo(catalogue: Catalogue, agency: string | undefined): { id: string; name: string }[] {
  const path = [];
  let parent = agency === undefined ? undefined : catalogue.agencies.get(agency)?.parent;
  while (parent) {
    path.unshift({ id: parent, name: catalogue.agencies.get(parent)?.name ?? parent });
    parent = catalogue.agencies.get(parent)?.parent;
  }
  return path;
}

function faultOf(
  error: unknown,
  agency: string | undefined,
): [status: number, fault: Parameters<typeof boardFault>[0]] {
  if (!(error instanceof ProblemError)) return [503, 'server'];
  const isAgency = error.errors?.some(({ code }) => code === 'unknown-agency');
  return isAgency && agency !== undefined ? [404, { agency }] : [400, 'month'];
}
