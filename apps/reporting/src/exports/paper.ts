import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';
import encodeQr from 'qr';
import type { ReportFacts } from './report-notes.js';
import { shownInstant } from './report-notes.js';
import { type Language, say } from './table.js';

/** Ink and greys that stay apart on a black-and-white printer; what means something has a pattern as well. */
export const INK = {
  text: '#17222d',
  soft: '#4c5a68',
  line: '#7d8b98',
  wash: '#e3eff4',
  early: '#1d6f8f',
  onTime: '#4d9a6a',
  late: '#b3261e',
  none: '#7d8b98',
} as const;

const MARGIN = 34;
const FOOT = 38;
const require = createRequire(import.meta.url);
/** With every Vietnamese glyph (Be Vietnam Pro, SIL Open Font License). */
const FONTS = {
  regular: '@expo-google-fonts/be-vietnam-pro/400Regular/BeVietnamPro_400Regular.ttf',
  bold: '@expo-google-fonts/be-vietnam-pro/600SemiBold/BeVietnamPro_600SemiBold.ttf',
} as const;
const loaded = new Map<string, Buffer>();
function fontOf(name: keyof typeof FONTS): Buffer {
  let font = loaded.get(name);
  if (!font) loaded.set(name, (font = readFileSync(require.resolve(FONTS[name]))));
  return font;
}

export interface TextStyle {
  size?: number;
  bold?: boolean;
  color?: string;
  align?: 'left' | 'center' | 'right';
}

interface PaperOptions {
  title: string;
  landscape: boolean;
  language: Language;
  facts: ReportFacts;
  /** Left half of the foot: what this is, of whom, of which period. */
  foot: string;
  /** By what it was counted. */
  formulas: string;
}

/**
 * A PDF on A4, tagged for screen readers, in points from the upper left corner. Every page says at its foot what it is
 * of, as of when, by which formulas and calendar, its checksum, and n/m.
 */
export class Paper {
  readonly doc: PDFKit.PDFDocument;
  readonly left = MARGIN;
  readonly top = MARGIN;
  /** Where the next thing goes. */
  y = MARGIN;
  private readonly made: Promise<Buffer>;
  private readonly root: PDFKit.PDFStructureElement;

  constructor(private readonly options: PaperOptions) {
    const { title, landscape, language, facts } = options;
    this.doc = new PDFDocument({
      ...{ size: 'A4', layout: landscape ? 'landscape' : 'portrait', margin: 0, bufferPages: true },
      ...{ pdfVersion: '1.7', tagged: true, lang: language, displayTitle: true, font: '' },
      info: { Title: title, Creator: 'Đúng Hạn', Subject: facts.address, CreationDate: new Date(facts.asOf) },
    });
    const chunks: Buffer[] = [];
    this.doc.on('data', (chunk: Buffer) => chunks.push(chunk));
    this.made = new Promise((resolve, reject) => {
      this.doc.once('end', () => resolve(Buffer.concat(chunks)));
      this.doc.once('error', reject);
    });
    for (const name of ['regular', 'bold'] as const) this.doc.registerFont(name, fontOf(name));
    this.root = this.doc.struct('Document');
    this.doc.addStructure(this.root);
  }

  get width(): number {
    return this.doc.page.width - 2 * MARGIN;
  }
  get right(): number {
    return this.doc.page.width - MARGIN;
  }
  /** Where the foot begins. */
  get bottom(): number {
    return this.doc.page.height - FOOT - 8;
  }

  /** A part of the document's structure, drawn within. */
  part(type: string, draw: () => void, into: PDFKit.PDFStructureElement = this.root): void {
    into.add(this.doc.struct(type, {}, draw));
  }

  /** A part made up of parts. */
  group(type: string, fill: (group: PDFKit.PDFStructureElement) => void, into = this.root): void {
    const group = this.doc.struct(type);
    into.add(group);
    fill(group);
    group.end();
  }

  /** A picture with the sentence that stands for it. */
  figure(alt: string, draw: () => void): void {
    this.root.add(this.doc.struct('Figure', { alt }, draw));
  }

  /** Lines and grounds: nothing that is read out. */
  decoration(draw: () => void): void {
    this.doc.markContent('Artifact', { type: 'Layout' });
    draw();
    this.doc.endMarkedContent();
  }

  /** Writes within a box, and says how high it came out. */
  write(text: string, x: number, y: number, width: number, style: TextStyle = {}): number {
    const { color = INK.text, align = 'left' } = style;
    const height = this.heightOf(text, width, style);
    this.doc.fillColor(color).text(text, x, y, { width, align, lineGap: 1 });
    return height;
  }

  /** Of a text on one line. */
  widthOf(text: string, { size = 9, bold = false }: TextStyle = {}): number {
    return this.doc
      .font(bold ? 'bold' : 'regular')
      .fontSize(size)
      .widthOfString(text);
  }

  heightOf(text: string, width: number, { size = 9, bold = false }: TextStyle = {}): number {
    this.doc.font(bold ? 'bold' : 'regular').fontSize(size);
    return this.doc.heightOfString(text, { width, lineGap: 1 });
  }

  /** A paragraph over the whole width, below what is there. */
  paragraph(text: string, style: TextStyle = {}, type = 'P', after = 4): void {
    this.room(this.heightOf(text, this.width, style));
    this.part(type, () => {
      this.y += this.write(text, this.left, this.y, this.width, style) + after;
    });
  }

  /** Begins a new page if there is no room of that height left. */
  room(height: number): boolean {
    if (this.y + height <= this.bottom) return false;
    this.doc.addPage();
    this.y = this.top;
    return true;
  }

  /** A QR code of the address of the same figures; `size` is that of a side. */
  qr(x: number, y: number, size: number): void {
    const { language, facts } = this.options;
    const cells = encodeQr(facts.address, 'raw', { ecc: 'low', border: 2 });
    const side = size / cells.length;
    const alt = say(['Mã QR dẫn đến cùng số liệu', 'QR code of the address of the same figures'], language);
    this.figure(`${alt}: ${facts.address}`, () => {
      this.doc.rect(x, y, size, size).fill('#ffffff');
      cells.forEach((row, down) =>
        row.forEach((dark, along) => {
          // A hair wider than it is, or light would shine between neighbours.
          if (dark) this.doc.rect(x + along * side, y + down * side, side + 0.05, side + 0.05);
        }),
      );
      this.doc.fill('#000000');
    });
  }

  /** Writes the feet and closes the document. */
  async finish(): Promise<Buffer> {
    const { foot, formulas, facts, language } = this.options;
    const { start, count } = this.doc.bufferedPageRange();
    const second = [
      formulas,
      `${say(['lịch làm việc: phiên bản', 'working calendar: version'], language)} ${facts.calendarVersion}`,
      `SHA-256: ${facts.checksum}`,
    ].join(' · ');
    for (let nth = 0; nth < count; nth += 1) {
      this.doc.switchToPage(start + nth);
      this.doc.markContent('Artifact', { type: 'Pagination', attached: ['Bottom'] });
      const y = this.doc.page.height - FOOT;
      this.doc.moveTo(this.left, y).lineTo(this.right, y).lineWidth(0.5).stroke(INK.line);
      const asOf = `${say(['Tính đến', 'As of'], language)} ${shownInstant(facts.asOf)}`;
      this.write(`${foot} · ${asOf}`, this.left, y + 4, this.width - 70, { size: 7, color: INK.soft });
      this.write(second, this.left, y + 15, this.width - 70, { size: 6.5, color: INK.soft });
      this.write(
        `${say(['Trang', 'Page'], language)} ${nth + 1}/${count}`,
        ...([this.right - 70, y + 4, 70] as const),
        { size: 8, align: 'right' },
      );
      this.doc.endMarkedContent();
    }
    this.root.end();
    this.doc.end();
    return this.made;
  }
}

/** 1.234.567 in Vietnamese, 1,234,567 in English. */
export const shownCount = (count: number, language: Language): string =>
  String(count).replace(/\B(?=(\d{3})+$)/g, language === 'vi' ? '.' : ',');

/** 99,93 % in Vietnamese, 99.93 % in English; a dash where there is nothing to divide by. */
export const shownPercent = (percent: number | null, language: Language): string => {
  if (percent === null) return '—';
  const text = percent.toFixed(2);
  return `${language === 'vi' ? text.replace('.', ',') : text} %`;
};
