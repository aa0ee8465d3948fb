//! The sequence header of MPEG-1 and MPEG-2 video (ISO/IEC 13818-2, 6.2.2.1 and 6.2.2.3).

use memchr::memmem;

use super::Video;

const SEQUENCE_HEADER: [u8; 4] = [0, 0, 1, 0xb3];
const EXTENSION: [u8; 4] = [0, 0, 1, 0xb5];
/// extension_start_code_identifier of the sequence extension.
const SEQUENCE_EXTENSION: u8 = 1;

pub(super) fn read(data: &[u8]) -> Option<Video> {
    let at = memmem::find(data, &SEQUENCE_HEADER)?;
    let header = data.get(at + 4..)?;
    let &[w, wh, h, ratio_rate, _, _, c, d] = header.first_chunk::<8>()?;
    let mut video = Video {
        profile: "",
        level: 0,
        width: (u32::from(w) << 4) | (u32::from(wh) >> 4),
        height: (u32::from(wh & 0x0f) << 8) | u32::from(h),
        interlaced: false,
        rate: rate(ratio_rate & 0x0f),
        limits: None,
    };
    if let Some(extension) = extension(header) {
        extend(&mut video, extension);
        // 10 bits in units of 16,384 (6.3.3), and 8 above them in the extension.
        let [a, b, _, _, high, _] = extension;
        let low = u64::from(c & 0x1f) << 5 | u64::from(d >> 3);
        let vbv = (u64::from(high) << 10 | low) * 16_384;
        video.limits = super::limits::mpeg2((a & 0x0f) << 4 | b >> 4, vbv);
    }
    (video.width > 0 && video.height > 0).then_some(video)
}

fn extension(header: &[u8]) -> Option<[u8; 6]> {
    let at = memmem::find(header, &EXTENSION)?;
    let body = header.get(at + 4..)?.first_chunk::<6>()?;
    (body[0] >> 4 == SEQUENCE_EXTENSION).then_some(*body)
}

fn extend(video: &mut Video, [a, b, c, _, _, d]: [u8; 6]) {
    video.profile = match a & 0x07 {
        1 => "High",
        4 => "Main",
        5 => "Simple",
        _ => "",
    };
    video.interlaced = b & 0x08 == 0;
    video.width |= (u32::from(b & 0x01) << 13) | (u32::from(c >> 7) << 12);
    video.height |= u32::from((c >> 5) & 0x03) << 12;
    let (n, d) = (u32::from((d >> 5) & 0x03) + 1, u32::from(d & 0x1f) + 1);
    video.rate = video
        .rate
        .map(|(frames, seconds)| (frames * n, seconds * d));
}

/// frame_rate_code (table 6-4).
const fn rate(code: u8) -> Option<(u32, u32)> {
    Some(match code {
        1 => (24_000, 1001),
        2 => (24, 1),
        3 => (25, 1),
        4 => (30_000, 1001),
        5 => (30, 1),
        6 => (50, 1),
        7 => (60_000, 1001),
        8 => (60, 1),
        _ => return None,
    })
}
