// Words that say nothing to who watches.

const WORDS = [
  'HLS', 'HTTP', 'URL', 'API', 'JSON', 'CORS', 'TCP', 'UDP', 'CMCD', 'MediaError', 'DOMException', 'NaN', 'H.26', 'AAC',
  'buffer', 'codec', 'decod', 'manifest', 'playlist', 'segment', 'stream', 'bitrate', 'multicast', 'timeout', 'time-out',
  'error', 'exception', 'undefined', 'null', '[object', 'bộ đệm', 'giải mã', 'phân đoạn', 'ngoại lệ',
];
/** One with a capital is meant as it is written. Each may be the beginning of a longer one. */
const PATTERNS = WORDS.map((word) => new RegExp(`(?<!\\p{L})${word.replace(/[[.]/g, '\\$&')}\\p{L}*`, /[A-Z]/.test(word) ? 'u' : 'iu'));

/** Those of them that stand in `text`. */
export const technicalIn = (text) => PATTERNS.flatMap((pattern) => pattern.exec(text) || []);
