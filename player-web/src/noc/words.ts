// Every sentence of the wall, in both languages: a missing one does not compile.

import type { ChannelState } from '../channels';
import type { Language } from '../words';
import type { Alarm, Rank, Text } from './wall';

export interface Words {
  readonly page: string;
  readonly front: string;
  readonly behind: string;
  readonly allGood: string;
  readonly empty: string;
  readonly emptyText: string;
  readonly opening: string;
  readonly gone: string;
  readonly goneText: string;
  readonly counts: { readonly failing: string; readonly acknowledged: string; readonly well: string };
  readonly since: string;
  readonly now: string;
  readonly ago: (span: string) => string;
  readonly onAir: string;
  readonly backup: string;
  readonly input: string;
  readonly output: string;
  readonly noPicture: string;
  readonly acknowledgedBy: (name: string) => string;
  readonly where: string;
  readonly knownBy: string;
  readonly done: string;
  readonly next: string;
  readonly or: string;
  readonly toAcknowledge: string;
  readonly inputs: string;
  readonly alsoWrong: string;
  readonly over: string;
  readonly nothing: string;
  readonly close: string;
  readonly language: string;
  readonly loudness: string;
  readonly silent: string;
  readonly slate: string;
  readonly more: (count: number) => string;
  readonly backToNormal: string;
  /** On a tile, from afar: those that play, of those that watch, and those that are not heard any more. */
  readonly hallsOf: (playing: number, watching: number, lost: number) => string;
  readonly hallsStruck: (count: number) => string;
  readonly halls: string;
  readonly hallsMore: (count: number) => string;
  readonly noHalls: string;
  readonly unnamed: string;
  readonly buffer: string;
  readonly lineGave: string;
  readonly plays: string;
  readonly stalls: (count: number, seconds: string) => string;
  readonly silentFor: (span: string) => string;
  readonly screen: string;
  readonly when: string;
  readonly verdict: string;
  readonly incident: string;
  readonly noIncident: string;
  readonly lookUp: string;
  readonly report: (code: string) => string;
  readonly noAnswer: string;
  readonly hallStates: { readonly [state: string]: string };
  readonly says: { readonly [who: string]: string };
  readonly units: { readonly s: string; readonly m: string; readonly h: string; readonly d: string };
  readonly states: { readonly [S in ChannelState]: string };
  readonly ranks: { readonly [R in Rank]: string };
  readonly words: { readonly [word: string]: string };
  readonly places: { readonly [place: string]: string };
  readonly fitness: { readonly [word: string]: string };
  /** By code; the node's own sentence for what is not here. */
  readonly alarms: { readonly [code: string]: string };
}

const vi: Words = {
  page: 'Bảng theo dõi kênh',
  front: 'Kênh có sự cố',
  behind: 'Các kênh khác',
  allGood: 'Mọi kênh đều tốt',
  empty: 'Chưa có kênh',
  emptyText: 'Nút này chưa có kênh nào. Kênh mới sẽ tự hiện ở đây.',
  opening: 'Đang hỏi máy phát',
  gone: 'Máy phát không trả lời',
  goneText: 'Hình bên dưới là lúc trả lời lần cuối. Đang tự thử lại.',
  counts: { failing: 'có sự cố', acknowledged: 'đã nhận xử lý', well: 'bình thường' },
  since: 'Từ',
  now: 'vừa xong',
  ago: (span) => `đã ${span}`,
  onAir: 'đang phát',
  backup: 'Dự phòng',
  input: 'Đầu vào',
  output: 'Đầu ra',
  noPicture: 'Không có ảnh',
  acknowledgedBy: (name) => `${name} đang xử lý`,
  where: 'Ở đâu',
  knownBy: 'Căn cứ',
  done: 'Đã làm',
  next: 'Cần làm',
  or: ', hoặc ',
  toAcknowledge: 'Để nhận xử lý, gõ trên máy phát',
  inputs: 'Các đầu vào',
  alsoWrong: 'Cảnh báo khác',
  over: 'Sự cố đã qua',
  nothing: 'Không có sự cố nào.',
  close: 'Đóng',
  language: 'English',
  loudness: 'Âm lượng',
  silent: 'không đo được tiếng',
  slate: 'người xem thấy hình thay thế',
  more: (count) => `và ${count} sự cố khác`,
  backToNormal: 'đã bình thường trở lại',
  hallsOf: (playing, watching, lost) => `Nơi xem ${playing}/${watching}${lost > 0 ? ` · mất ${lost}` : ''}`,
  hallsStruck: (count) => `${count} nơi xem bị đứng`,
  halls: 'Các hội trường đang xem',
  hallsMore: (count) => `và ${count} hội trường khác`,
  noHalls: 'Chưa hội trường nào báo về.',
  unnamed: 'Hội trường chưa đặt tên',
  buffer: 'đệm',
  lineGave: 'mạng đạt',
  plays: 'đang xem',
  stalls: (count, seconds) => `đứng hình ${count} lần, tổng ${seconds}`,
  silentFor: (span) => `không báo về ${span}`,
  screen: 'Màn hình báo',
  when: 'Lúc',
  verdict: 'Kết luận',
  incident: 'Sự cố',
  noIncident: 'kênh không có sự cố nào trong phút đó',
  lookUp: 'Mã báo cáo',
  report: (code) => `Mã báo cáo ${code}`,
  noAnswer: 'Máy phát không trả lời. Hãy thử lại.',
  hallStates: { starting: 'đang mở', playing: 'đang xem', stalled: 'đứng hình', fault: 'báo lỗi', paused: 'tạm dừng', ended: 'đã tắt', lost: 'mất liên lạc' },
  says: { 'not-started': 'kênh chưa bắt đầu', line: 'do đường truyền của hội trường', source: 'do phía nguồn phát' },
  units: { s: ' giây', m: ' phút', h: ' giờ', d: ' ngày' },
  states: {
    'stopped': 'Đã dừng',
    'waiting': 'Đang chờ tín hiệu',
    'on-air': 'Đang phát',
    'dark': 'Mất tín hiệu',
    'failed': 'Không chạy được',
  },
  ranks: {
    critical: 'Nghiêm trọng',
    warning: 'Cảnh báo',
    acknowledged: 'Đang xử lý',
    notice: 'Có lưu ý',
    good: 'Tốt',
    waiting: 'Đang chờ',
    stopped: 'Đã dừng',
  },
  words: { 'no-picture': 'Không có hình', 'no-sound': 'Không có tiếng', 'connection-lost': 'Mất kết nối' },
  places: {
    source: 'trước đầu ra của bộ mã hóa',
    line: 'trên đường truyền từ bộ mã hóa đến máy này',
    machine: 'trong máy này',
    output: 'ở giao diện đầu ra',
    http: 'ở phía HTTP',
  },
  fitness: {
    'ready': 'sẵn sàng',
    'no-packets': 'không có gói',
    'no-programme': 'không có chương trình',
    'scrambled': 'bị khóa mã',
    'no-video': 'không có hình',
    'black': 'hình đen',
    'frozen': 'hình đứng',
    'no-audio': 'không có tiếng',
    'mute': 'im lặng số',
    'lossy': 'mất gói',
    'no-clock': 'không còn PCR',
    'no-tables': 'không còn PAT/PMT',
    '': 'chưa biết',
  },
  alarms: {
    'input-not-open': 'không mở được đầu vào',
    'input-lost': 'đã có gói rồi mất; xem nguồn và đường truyền',
    'input-no-picture': 'có tiếng, không có hình',
    'input-no-sound': 'có hình, không có tiếng',
    'input-path-lost': 'một đường truyền không mang gì',
    'input-path-foreign': 'một đường truyền mang gói của bên gửi khác',
    'input-trouble': 'tiến trình phụ hoặc liên kết báo lỗi',
    'input-late': 'dữ liệu đến quá trễ',
    'input-stamps-late': 'nhãn thời gian của nguồn bị trễ',
    'input-stamps-elsewhere': 'nhãn thời gian không khớp đồng hồ của nguồn',
    'input-too-fast': 'nguồn gửi nhanh hơn thời gian thực',
    'backup-not-fit': 'đầu vào dự phòng không sẵn sàng',
    'output-not-on-the-wire': 'đầu ra không ra mạng',
    'output-second-sender': 'máy khác cũng gửi vào nhóm của đầu ra',
    'output-over-rate': 'chương trình nhanh hơn đầu ra',
    'output-refused': 'hệ điều hành từ chối gửi gói',
    'hls-transcoder': 'tiến trình mã hóa lại cho HLS không chạy',
    'hls-ladder': 'một phần của thang chất lượng HLS không được tạo',
    'hls-notice': 'trình duyệt thiếu một phần chương trình',
  },
};

const en: Words = {
  page: 'Wall of channels',
  front: 'Failing channels',
  behind: 'The other channels',
  allGood: 'All channels are good',
  empty: 'No channels yet',
  emptyText: 'This node has no channel. A new one shows here by itself.',
  opening: 'Asking the node',
  gone: 'The node does not answer',
  goneText: 'Below is its last answer. Trying again by itself.',
  counts: { failing: 'failing', acknowledged: 'acknowledged', well: 'well' },
  since: 'Since',
  now: 'just now',
  ago: (span) => `for ${span}`,
  onAir: 'on air',
  backup: 'Backup',
  input: 'Input',
  output: 'Output',
  noPicture: 'No picture',
  acknowledgedBy: (name) => `${name} has it in hand`,
  where: 'Where',
  knownBy: 'Known by',
  done: 'Done',
  next: 'Next',
  or: ', or ',
  toAcknowledge: 'To take it in hand, type on the node',
  inputs: 'Inputs',
  alsoWrong: 'Other alarms',
  over: 'Incidents that are over',
  nothing: 'No incident lasts.',
  close: 'Close',
  language: 'Tiếng Việt',
  loudness: 'Loudness',
  silent: 'no sound measured',
  slate: 'viewers see the slate',
  more: (count) => `and ${count} more`,
  backToNormal: 'is back to normal',
  hallsOf: (playing, watching, lost) => `Halls ${playing}/${watching}${lost > 0 ? ` · ${lost} lost` : ''}`,
  hallsStruck: (count) => (count === 1 ? '1 hall is struck' : `${count} halls are struck`),
  halls: 'Halls that watch',
  hallsMore: (count) => `and ${count} more halls`,
  noHalls: 'No hall has reported yet.',
  unnamed: 'A hall without a name',
  buffer: 'buffer',
  lineGave: 'line gave',
  plays: 'plays',
  stalls: (count, seconds) => `stalled ${count === 1 ? 'once' : `${count} times`}, ${seconds} in all`,
  silentFor: (span) => `silent for ${span}`,
  screen: 'Its screen said',
  when: 'When',
  verdict: 'Verdict',
  incident: 'Incident',
  noIncident: 'the channel had none in that minute',
  lookUp: 'Report code',
  report: (code) => `Report ${code}`,
  noAnswer: 'The node does not answer. Try again.',
  hallStates: { starting: 'starting', playing: 'playing', stalled: 'stalled', fault: 'fault', paused: 'paused', ended: 'ended', lost: 'lost' },
  says: { 'not-started': 'the channel has not begun', line: 'the line of this hall', source: 'the source' },
  units: { s: ' s', m: ' min', h: ' h', d: ' d' },
  states: {
    'stopped': 'Stopped',
    'waiting': 'Waiting for a signal',
    'on-air': 'On air',
    'dark': 'No signal',
    'failed': 'Could not start',
  },
  ranks: {
    critical: 'Critical',
    warning: 'Warning',
    acknowledged: 'Acknowledged',
    notice: 'Notice',
    good: 'Good',
    waiting: 'Waiting',
    stopped: 'Stopped',
  },
  words: { 'no-picture': 'No picture', 'no-sound': 'No sound', 'connection-lost': 'Connection lost' },
  places: {
    source: 'before the encoder’s output',
    line: 'on the line from the encoder to this machine',
    machine: 'in this machine',
    output: 'at the output interface',
    http: 'on the HTTP side',
  },
  fitness: {
    'ready': 'ready',
    'no-packets': 'no packets',
    'no-programme': 'no programme',
    'scrambled': 'scrambled',
    'no-video': 'no picture',
    'black': 'black picture',
    'frozen': 'frozen picture',
    'no-audio': 'no sound',
    'mute': 'digital silence',
    'lossy': 'loses packets',
    'no-clock': 'no PCR any more',
    'no-tables': 'no PAT or PMT any more',
    '': 'not known yet',
  },
  alarms: {},
};

const WORDS: { readonly [L in Language]: Words } = { vi, en };

export const wordsOf = (language: Language): Words => WORDS[language];

export const said = (text: Text, language: Language): string => text[language] || text.en;

export function alarm({ code, place, text }: Alarm, words: Words): string {
  const known = words.alarms[code];
  const [what, number] = place.split(' ');
  const where = what === 'input' ? words.input : what === 'output' ? words.output : place;
  return known ? `${where}${number ? ` ${number}` : ''}: ${known}` : `${place}: ${text}`;
}

/** `5 min`, from milliseconds. */
export function span(ms: number, words: Words): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const { s, m, h, d } = words.units;
  if (seconds < 60) return `${seconds}${s}`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${m}`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}${h}`;
  return `${Math.floor(seconds / 86400)}${d}`;
}
