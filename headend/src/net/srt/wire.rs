//! The few fields of SRT that the gate reads and writes (draft-sharabayko-srt-01, 3.1, 3.2.1).
//! Any bytes are taken; what is too short has no handshake.

/// Bytes of a packet's header.
pub(super) const HEADER_LEN: usize = 16;
/// Bytes of a handshake without extensions, header included.
pub(super) const HANDSHAKE_LEN: usize = 64;
/// The first word of a handshake: a control packet of type 0, subtype 0.
const CONTROL_HANDSHAKE: u32 = 0x8000_0000;
/// Handshake type INDUCTION.
const INDUCTION: u32 = 1;
/// Handshake type CONCLUSION.
const CONCLUSION: u32 = 0xffff_ffff;
/// Types from here on are refusals; below 2000 the protocol's own (table 7).
const REFUSALS: std::ops::Range<u32> = 1000..0x7fff_ffff;
/// Extension type SRT_CMD_SID.
const STREAM_ID: u16 = 5;

const TYPE: usize = 36;
const SOCKET: usize = 40;
const COOKIE: usize = 44;

/// What a handshake is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The first exchange, which gives the cookie.
    Induction,
    /// The second, which makes the connection.
    Conclusion,
    /// The answer that there is none, with its code.
    Refusal(u32),
}

/// The socket a packet is for; 0 before there is one.
pub(super) fn destination(packet: &[u8]) -> Option<u32> {
    word(packet, 12)
}

/// Whether the packet is a handshake, well or ill formed.
pub(super) fn is_handshake(packet: &[u8]) -> bool {
    word(packet, 0) == Some(CONTROL_HANDSHAKE)
}

/// What the handshake is for; `None` when it is none or of another form.
pub(super) fn kind(packet: &[u8]) -> Option<Kind> {
    if !is_handshake(packet) || packet.len() < HANDSHAKE_LEN {
        return None;
    }
    match word(packet, TYPE)? {
        INDUCTION => Some(Kind::Induction),
        CONCLUSION => Some(Kind::Conclusion),
        code if REFUSALS.contains(&code) => Some(Kind::Refusal(code)),
        _ => None,
    }
}

/// Whether the version, MSS and flow window of a caller's handshake can be meant.
pub(super) fn is_plausible(handshake: &[u8]) -> bool {
    let at_least = |at, least| word(handshake, at).is_some_and(|value| value >= least);
    at_least(16, 4) && at_least(28, 32) && at_least(32, 2)
}

/// The sender's socket.
pub(super) fn socket(handshake: &[u8]) -> Option<u32> {
    word(handshake, SOCKET)
}

/// The cookie.
pub(super) fn cookie(handshake: &[u8]) -> Option<u32> {
    word(handshake, COOKIE)
}

/// Overwrites the cookie.
pub(super) fn set_cookie(handshake: &mut [u8], cookie: u32) {
    set_word(handshake, COOKIE, cookie);
}

/// Makes of a caller's handshake the refusal of it.
pub(super) fn refuse(handshake: &mut [u8], code: u32) {
    let caller = socket(handshake).unwrap_or(0);
    set_word(handshake, 12, caller);
    set_word(handshake, TYPE, code);
}

/// The stream id of a conclusion, empty when it has none. Each word of it stands reversed
/// (3.2.1.3).
pub(super) fn stream_id(handshake: &[u8]) -> Vec<u8> {
    let mut extensions = handshake.get(HANDSHAKE_LEN..).unwrap_or_default();
    while let Some((head, rest)) = extensions.split_first_chunk::<4>() {
        let kind = u16::from_be_bytes([head[0], head[1]]);
        let len = usize::from(u16::from_be_bytes([head[2], head[3]])) * 4;
        let Some(content) = rest.get(..len) else {
            break;
        };
        if kind == STREAM_ID {
            let mut id: Vec<u8> = content
                .chunks_exact(4)
                .flat_map(|word| word.iter().rev().copied())
                .collect();
            while id.last() == Some(&0) {
                id.pop();
            }
            return id;
        }
        extensions = &rest[len..];
    }
    Vec::new()
}

fn word(packet: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*packet.get(at..)?.first_chunk()?))
}

fn set_word(packet: &mut [u8], at: usize, value: u32) {
    if let Some(place) = packet.get_mut(at..at + 4) {
        place.copy_from_slice(&value.to_be_bytes());
    }
}
