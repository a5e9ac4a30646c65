/** @file Lines of a text file, however big, without holding it. */

/** Splits a byte stream into lines (LF or CRLF); the last line may lack its end. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const text = rest + (done ? decoder.decode() : decoder.decode(value, { stream: true }));
      const lines = text.split('\n');
      rest = done ? '' : (lines.pop() ?? '');
      if (rest.length > longestLine) throw new RangeError('a line of over 200 million characters');
      for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

const longestLine = 200_000_000;

/** The separator of a table, told by its first line: tab, comma, semicolon or blanks. */
export function separatorOf(line: string): string {
  const counts = ['\t', ',', ';', ' '].map((mark) => [mark, line.split(mark).length] as const);
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  return line.includes('\t') ? '\t' : best[1] > 1 ? best[0] : ',';
}

/** Fields of a line; quoted ones may hold the separator and doubled quotes. */
export function splitLine(line: string, separator: string): string[] {
  if (!line.includes('"')) return line.split(separator);
  const fields: string[] = [];
  let at = 0;
  while (at <= line.length) {
    if (line[at] !== '"') {
      const end = line.indexOf(separator, at);
      fields.push(line.slice(at, end < 0 ? undefined : end));
      at = end < 0 ? line.length + 1 : end + 1;
      continue;
    }
    let text = '';
    for (at++; at < line.length; at++) {
      if (line[at] !== '"') text += line[at];
      else if (line[at + 1] === '"') text += line[at++];
      else break;
    }
    fields.push(text);
    const end = line.indexOf(separator, at);
    at = end < 0 ? line.length + 1 : end + 1;
  }
  return fields;
}
