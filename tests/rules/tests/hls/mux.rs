//! Segments made by hand: a transport stream, fragments, packed audio. Small, and right to the byte.

/// Pictures and sound frames in a second.
const PICTURES: u64 = 25;
const SOUNDS: u64 = 50;
const IDR: [u8; 12] = [0, 0, 0, 8, 0x65, 1, 2, 3, 4, 5, 6, 7];
const SLICE: [u8; 12] = [0, 0, 0, 8, 0x41, 1, 2, 3, 4, 5, 6, 7];

/// Which track a fragment has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Picture,
    Sound,
}

fn put(kind: &[u8; 4], body: &[&[u8]]) -> Vec<u8> {
    let body = body.concat();
    let size = u32::try_from(body.len() + 8).unwrap();
    [&size.to_be_bytes()[..], kind, &body].concat()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_be_bytes()).collect()
}

/// `ftyp` and `moov` of one track.
pub(crate) fn init(kind: Kind) -> Vec<u8> {
    let (scale, entry) = match kind {
        Kind::Picture => {
            let avcc = put(b"avcC", &[&[1, 100, 0, 31, 0xff, 0xe0, 0]]);
            (PICTURES, put(b"avc1", &[&[0; 78], &avcc]))
        }
        Kind::Sound => (SOUNDS, put(b"mp4a", &[&[0; 28]])),
    };
    let scale = u32::try_from(scale).unwrap();
    let stsd = put(b"stsd", &[&words(&[0, 1]), &entry]);
    let stbl = put(b"stbl", &[&stsd]);
    let minf = put(b"minf", &[&stbl]);
    let mdhd = put(b"mdhd", &[&words(&[0, 0, 0, scale, 0, 0])]);
    let mdia = put(b"mdia", &[&mdhd, &minf]);
    let tkhd = put(b"tkhd", &[&words(&[3, 0, 0, 1, 0, 0]), &[0; 60]]);
    let trak = put(b"trak", &[&tkhd, &mdia]);
    let mvhd = put(b"mvhd", &[&words(&[0, 0, 0, 1000, 0]), &[0; 80]]);
    let trex = put(b"trex", &[&words(&[0, 1, 1, 1, 0, 0])]);
    let mvex = put(b"mvex", &[&trex]);
    let ftyp = put(b"ftyp", &[b"iso6", &[0; 4], b"iso6", b"cmfc"]);
    [ftyp, put(b"moov", &[&mvhd, &trak, &mvex])].concat()
}

/// A fragment of `span` half-seconds that begins `at` half-seconds into the media.
pub(crate) fn fragment(kind: Kind, at: u64, span: u64) -> Vec<u8> {
    // Ticks are frames; 12.5 pictures in half a second are 13 and 12 in turn.
    let rate = if kind == Kind::Picture {
        PICTURES
    } else {
        SOUNDS
    };
    let (begin, end) = (at * rate / 2, (at + span) * rate / 2);
    let key = |tick: u64| kind == Kind::Picture && tick.is_multiple_of(2 * rate);
    let samples: Vec<u8> = (begin..end)
        .flat_map(|tick| if key(tick) { IDR } else { SLICE })
        .collect();
    let count = u32::try_from(end - begin).unwrap();
    let sizes: Vec<u32> = (0..count).map(|_| 12).collect();
    let tfhd = put(b"tfhd", &[&words(&[0x02_0000, 1])]);
    let tfdt = put(b"tfdt", &[&words(&[0x0100_0000]), &begin.to_be_bytes()]);
    let trun = |offset: u32| put(b"trun", &[&words(&[0x201, count, offset]), &words(&sizes)]);
    let mfhd = put(b"mfhd", &[&words(&[0, 1])]);
    let moof = |offset| {
        put(
            b"moof",
            &[&mfhd, &put(b"traf", &[&tfhd, &tfdt, &trun(offset)])],
        )
    };
    let length = u32::try_from(moof(0).len()).unwrap() + 8;
    [moof(length), put(b"mdat", &[&samples])].concat()
}

/// Packets of one PID, with running counters.
struct Pid {
    pid: u16,
    counter: u64,
}

impl Pid {
    fn packet(&mut self, out: &mut Vec<u8>, start: bool, payload: &[u8]) {
        let counter = u8::try_from(self.counter % 16).unwrap();
        self.counter += 1;
        let [high, low] = self.pid.to_be_bytes();
        let high = high | if start { 0x40 } else { 0 };
        let stuff = 184 - payload.len();
        match stuff {
            0 => out.extend([0x47, high, low, 0x10 | counter]),
            1 => out.extend([0x47, high, low, 0x30 | counter, 0]),
            _ => {
                out.extend([
                    0x47,
                    high,
                    low,
                    0x30 | counter,
                    u8::try_from(stuff - 1).unwrap(),
                    0,
                ]);
                out.extend(vec![0xff; stuff - 2]);
            }
        }
        out.extend(payload);
    }

    fn section(&mut self, out: &mut Vec<u8>, table: u8, body: &[u8]) {
        let length = u8::try_from(body.len() + 9).unwrap();
        let mut section = vec![0, table, 0xb0, length, 0, 1, 0xc1, 0, 0];
        section.extend(body);
        // Nobody checks the CRC here.
        section.extend([0; 4]);
        section.resize(184, 0xff);
        self.packet(out, true, &section);
    }
}

fn pes(id: u8, ticks: u64, body: &[u8]) -> Vec<u8> {
    let t = ticks % (1 << 33);
    let byte = |n: u64| u8::try_from(n & 0xff).unwrap();
    let stamp = [
        0x21 | byte(t >> 29) & 0x0e,
        byte(t >> 22),
        byte(t >> 14) | 1,
        byte(t >> 7),
        byte(t << 1) | 1,
    ];
    [&[0, 0, 1, id, 0, 0, 0x80, 0x80, 5][..], &stamp, body].concat()
}

/// Half-seconds of a programme with H.264 and AAC: each picture and each sound frame one packet.
pub(crate) fn transport(at: u64, span: u64, shift: u64) -> Vec<u8> {
    let mut out = Vec::new();
    let begun = at / span;
    let pid = |pid, counter| Pid { pid, counter };
    pid(0, begun).section(&mut out, 0, &[0, 1, 0xe1, 0]);
    let streams = [0x1b, 0xe1, 1, 0xf0, 0, 0x0f, 0xe1, 2, 0xf0, 0];
    pid(0x100, begun).section(&mut out, 2, &[&[0xe1, 1, 0xf0, 0][..], &streams].concat());
    for (number, rate, id) in [(0x101, PICTURES, 0xe0), (0x102, SOUNDS, 0xc0)] {
        let (begin, end) = (at * rate / 2, (at + span) * rate / 2);
        let mut to = pid(number, begin);
        for tick in begin..end {
            let nal = if (tick - begin) == 0 { 0x65 } else { 0x41 };
            let body = [0, 0, 0, 1, nal, 1, 2, 3];
            to.packet(
                &mut out,
                true,
                &pes(id, shift + tick * 90_000 / rate, &body),
            );
        }
    }
    out
}

/// Packed audio: its time stamp, and frames of nothing.
pub(crate) fn packed(ticks: u64) -> Vec<u8> {
    let private = [
        &b"com.apple.streaming.transportStreamTimestamp\0"[..],
        &ticks.to_be_bytes(),
    ]
    .concat();
    let size = u8::try_from(private.len()).unwrap();
    let frame = [&b"PRIV"[..], &[0, 0, 0, size, 0, 0], &private].concat();
    let all = u8::try_from(frame.len()).unwrap();
    [
        &b"ID3\x04\0\0\0\0\0"[..],
        &[all],
        &frame,
        &[0xff, 0xf1, 0x4c, 0x80, 1, 0x1f, 0xfc],
    ]
    .concat()
}
