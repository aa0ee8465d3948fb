//! Boxes of ISO/IEC 14496-12, 4.2.

/// A box: its type, its body, and where it begins in what it was read from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Box<'a> {
    pub(crate) kind: [u8; 4],
    pub(crate) body: &'a [u8],
    pub(crate) at: usize,
}

/// The boxes of `bytes`, and whether they fill it.
pub(crate) fn boxes(bytes: &[u8]) -> (Vec<Box<'_>>, bool) {
    let (mut found, mut at) = (Vec::new(), 0usize);
    while at < bytes.len() {
        let Some((header, size)) = bytes.get(at..).and_then(head) else {
            return (found, false);
        };
        let size = if size == 0 { bytes.len() - at } else { size };
        let end = at.checked_add(size);
        let body = end.and_then(|end| bytes.get(at + header.1..end));
        let (Some(body), Some(end)) = (body, end) else {
            return (found, false);
        };
        found.push(Box {
            kind: header.0,
            body,
            at,
        });
        at = end;
    }
    (found, true)
}

/// Type and length of the header, and the size of all.
fn head(bytes: &[u8]) -> Option<(([u8; 4], usize), usize)> {
    let size = word(bytes, 0)?;
    let kind = *bytes.get(4..8)?.first_chunk::<4>()?;
    match size {
        1 => {
            let large = long(bytes, 8)?;
            let size = usize::try_from(large).ok().filter(|size| *size >= 16)?;
            Some(((kind, 16), size))
        }
        0 => Some(((kind, 8), 0)),
        size => {
            let size = usize::try_from(size).ok().filter(|size| *size >= 8)?;
            Some(((kind, 8), size))
        }
    }
}

/// The first box of a path of types.
pub(crate) fn find<'a>(bytes: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    let mut body = bytes;
    for kind in path {
        let (found, _) = boxes(body);
        body = found.into_iter().find(|b| b.kind == **kind)?.body;
    }
    Some(body)
}

/// All boxes of one type.
pub(crate) fn all<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> Vec<&'a [u8]> {
    let (found, _) = boxes(bytes);
    found
        .into_iter()
        .filter(|b| b.kind == *kind)
        .map(|b| b.body)
        .collect()
}

pub(crate) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*bytes))
}

pub(crate) fn long(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_be_bytes(*bytes))
}
