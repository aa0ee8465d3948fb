// Every string of the page, in both languages: the types refuse one that is missing.

import type { ChannelState } from './channels';
import type { Kind, Place } from './faults';

export type Language = 'vi' | 'en';

export interface FaultWords {
  readonly title: string;
  readonly text: string;
}

export interface Words {
  readonly page: string;
  readonly live: string;
  readonly video: string;
  readonly controls: string;
  readonly channels: string;
  readonly soundOn: string;
  readonly soundOff: string;
  /** On the button where the browser wants a press before sound. */
  readonly pressForSound: { readonly tv: string; readonly pc: string };
  readonly pressToWatch: { readonly tv: string; readonly pc: string };
  /** After the viewer stopped watching. */
  readonly watchAgain: string;
  readonly fullScreen: string;
  readonly smallScreen: string;
  readonly keys: string;
  readonly retrying: string;
  readonly since: string;
  readonly playing: string;
  readonly leaveQuestion: string;
  readonly stay: string;
  readonly leave: string;
  readonly noSuchChannel: string;
  readonly weekdays: ReadonlyArray<string>;
  readonly states: { readonly [S in ChannelState]: string };
  readonly notHere: string;
  readonly places: { readonly [P in Place]: string };
  /** The short names under the picture of the way. */
  readonly way: { readonly source: string; readonly server: string; readonly device: string };
  readonly faults: { readonly [K in Kind]: FaultWords };
}

const vi: Words = {
  page: 'Truyền hình trực tuyến',
  live: 'Trực tiếp',
  video: 'Hình của kênh',
  controls: 'Điều khiển',
  channels: 'Kênh',
  soundOn: 'Bật tiếng',
  soundOff: 'Tắt tiếng',
  pressForSound: { tv: 'Bấm OK để bật tiếng', pc: 'Bấm vào đây để bật tiếng' },
  pressToWatch: { tv: 'Bấm OK để xem', pc: 'Bấm vào đây để xem' },
  watchAgain: 'Xem lại',
  fullScreen: 'Toàn màn hình',
  smallScreen: 'Thu nhỏ',
  keys: '▲ ▼ đổi kênh',
  retrying: 'Đang tự nối lại',
  since: 'Từ lúc',
  playing: 'Đang phát',
  leaveQuestion: 'Dừng xem?',
  stay: 'Xem tiếp',
  leave: 'Dừng xem',
  noSuchChannel: 'Không có kênh này',
  weekdays: ['Chủ nhật', 'Thứ hai', 'Thứ ba', 'Thứ tư', 'Thứ năm', 'Thứ sáu', 'Thứ bảy'],
  states: {
    'stopped': 'Chưa bắt đầu',
    'waiting': 'Chưa bắt đầu',
    'on-air': 'Đang phát',
    'dark': 'Mất kết nối',
    'failed': 'Không có hình',
  },
  notHere: 'Không xem được ở đây',
  places: {
    source: 'Nguồn phát',
    server: 'Máy chủ phát',
    line: 'Đường truyền của hội trường',
    device: 'Màn hình này',
  },
  way: { source: 'Nguồn phát', server: 'Máy chủ phát', device: 'Hội trường' },
  faults: {
    opening: { title: 'Đang mở kênh', text: 'Hình sẽ hiện sau giây lát.' },
    resuming: { title: 'Đang nối lại', text: 'Hình sẽ trở lại sau giây lát.' },
    notStarted: { title: 'Chưa bắt đầu', text: 'Khi chương trình bắt đầu, hình sẽ tự hiện.' },
    waiting: { title: 'Chưa bắt đầu', text: 'Kênh đã sẵn sàng, đang chờ nguồn phát. Hình sẽ tự hiện.' },
    line: {
      title: 'Mất kết nối',
      text: 'Hãy kiểm tra dây mạng và thiết bị mạng. Khi có mạng, hình sẽ tự trở lại.',
    },
    slow: {
      title: 'Không có hình',
      text: 'Đường truyền đang chậm. Hãy tạm ngừng các máy khác đang dùng mạng.',
    },
    source: {
      title: 'Mất kết nối',
      text: 'Hội trường không cần làm gì. Khi nguồn phát có tín hiệu, hình sẽ tự trở lại.',
    },
    server: {
      title: 'Mất kết nối',
      text: 'Hội trường không cần làm gì. Khi máy chủ trả lời, hình sẽ tự trở lại.',
    },
    failed: { title: 'Không có hình', text: 'Máy chủ không mở được kênh này. Hãy báo cho người vận hành.' },
    noPicture: { title: 'Không có hình', text: 'Nguồn phát chỉ có tiếng, vẫn nghe được.' },
    noSound: { title: 'Không có tiếng', text: 'Nguồn phát không gửi tiếng. Loa của hội trường không hỏng.' },
    unavailable: {
      title: 'Không có hình',
      text: 'Kênh này chưa phát tới màn hình loại này. Hãy báo cho người vận hành.',
    },
    device: {
      title: 'Không có hình',
      text: 'Màn hình này không mở được kênh này. Hãy xem bằng máy khác, hoặc báo cho người vận hành.',
    },
    press: { title: 'Mời bấm để xem', text: 'Màn hình này chờ một lần bấm rồi mới phát.' },
    empty: { title: 'Chưa có kênh', text: 'Khi có kênh, hình sẽ tự hiện.' },
    left: { title: 'Đã dừng xem', text: 'Bấm “Xem lại” để trở lại kênh.' },
  },
};

const en: Words = {
  page: 'Online television',
  live: 'Live',
  video: 'The channel’s picture',
  controls: 'Controls',
  channels: 'Channels',
  soundOn: 'Sound on',
  soundOff: 'Sound off',
  pressForSound: { tv: 'Press OK for sound', pc: 'Press here for sound' },
  pressToWatch: { tv: 'Press OK to watch', pc: 'Press here to watch' },
  watchAgain: 'Watch again',
  fullScreen: 'Full screen',
  smallScreen: 'Small screen',
  keys: '▲ ▼ change channel',
  retrying: 'Trying again by itself',
  since: 'Since',
  playing: 'Playing',
  leaveQuestion: 'Stop watching?',
  stay: 'Keep watching',
  leave: 'Stop watching',
  noSuchChannel: 'No such channel',
  weekdays: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
  states: {
    'stopped': 'Not started',
    'waiting': 'Not started',
    'on-air': 'On air',
    'dark': 'Connection lost',
    'failed': 'No picture',
  },
  notHere: 'Cannot be seen here',
  places: {
    source: 'The source',
    server: 'The server',
    line: 'Your line',
    device: 'This screen',
  },
  way: { source: 'Source', server: 'Server', device: 'Your hall' },
  faults: {
    opening: { title: 'Opening the channel', text: 'The picture comes in a moment.' },
    resuming: { title: 'Connecting again', text: 'The picture is back in a moment.' },
    notStarted: { title: 'Not started', text: 'The picture comes by itself when the programme starts.' },
    waiting: { title: 'Not started', text: 'The channel is ready and waits for its source. The picture comes by itself.' },
    line: {
      title: 'Connection lost',
      text: 'Check the network cable and the network box. The picture comes back by itself.',
    },
    slow: { title: 'No picture', text: 'The line is slow. Pause other machines that use it.' },
    source: {
      title: 'Connection lost',
      text: 'There is nothing to do in the hall. The picture comes back with the source.',
    },
    server: {
      title: 'Connection lost',
      text: 'There is nothing to do in the hall. The picture comes back when the server answers.',
    },
    failed: { title: 'No picture', text: 'The server cannot open this channel. Please tell its operator.' },
    noPicture: { title: 'No picture', text: 'The source sends sound alone. You can still hear it.' },
    noSound: { title: 'No sound', text: 'The source sends no sound. The speakers in the hall are not broken.' },
    unavailable: {
      title: 'No picture',
      text: 'This channel is not sent to this kind of screen. Please tell its operator.',
    },
    device: {
      title: 'No picture',
      text: 'This screen cannot open this channel. Watch it on another one, or tell its operator.',
    },
    press: { title: 'Press to watch', text: 'This screen waits for one press before it plays.' },
    empty: { title: 'No channels yet', text: 'When there is one, the picture comes by itself.' },
    left: { title: 'Stopped', text: 'Press “Watch again” for the channel.' },
  },
};

const WORDS: { readonly [L in Language]: Words } = { vi, en };

export function wordsOf(language: Language): Words {
  return WORDS[language];
}

export function languageNamed(name: string | null): Language | null {
  return name === 'vi' || name === 'en' ? name : null;
}

/** The address asks first, then the viewer's choice, then the browser; Vietnamese wherever it is among the browser's. */
export function choose(asked: string | null, kept: string | null, browser: ReadonlyArray<string>): Language {
  const chosen = languageNamed(asked) || languageNamed(kept);
  if (chosen) return chosen;
  if (browser.some((tag) => /^vi\b/i.test(tag))) return 'vi';
  return browser.length > 0 && browser.every((tag) => /^en\b/i.test(tag)) ? 'en' : 'vi';
}
