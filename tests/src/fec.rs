//! A second opinion on FEC: a decoder of SMPTE ST 2022-1 written from the standard and RFC 2733
//! alone, with nothing of the product. It takes all that came and works until nothing more helps.

use std::collections::BTreeMap;

/// RTP packets and FEC packets of one stream, less than a round of sequence numbers.
#[derive(Clone, Debug, Default)]
pub struct Capture {
    /// RTP packets by sequence number.
    pub media: BTreeMap<u16, Vec<u8>>,
    /// FEC packets of the port plus 2 and plus 4.
    pub fec: Vec<Vec<u8>>,
}

fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from(bytes[at]) << 8 | u16::from(bytes[at + 1])
}

/// The sequence numbers that a FEC packet protects: SNBase, then each `offset` further, NA of them.
#[must_use]
pub fn protects(fec: &[u8]) -> Vec<u16> {
    let (base, offset, count) = (word(fec, 12), u16::from(fec[25]), u16::from(fec[26]));
    (0..count)
        .map(|n| base.wrapping_add(n.wrapping_mul(offset)))
        .collect()
}

impl Capture {
    /// Takes an RTP packet.
    pub fn take(&mut self, packet: &[u8]) {
        self.media.insert(word(packet, 2), packet.to_vec());
    }

    /// Repairs all that can be; answers the sequence numbers.
    pub fn repair(&mut self) -> Vec<u16> {
        let mut repaired = Vec::new();
        loop {
            let before = repaired.len();
            for fec in &self.fec {
                let numbers = protects(fec);
                let missing: Vec<u16> = numbers
                    .iter()
                    .copied()
                    .filter(|n| !self.media.contains_key(n))
                    .collect();
                if let [only] = missing[..] {
                    let packet = self.rebuild(fec, only, &numbers);
                    self.media.insert(only, packet);
                    repaired.push(only);
                }
            }
            if repaired.len() == before {
                return repaired;
            }
        }
    }

    /// RFC 2733, 5: the recovery fields against those of the packets that are there.
    fn rebuild(&self, fec: &[u8], missing: u16, numbers: &[u16]) -> Vec<u8> {
        let there: Vec<&Vec<u8>> = numbers.iter().filter_map(|n| self.media.get(n)).collect();
        let sum = |own: u8, at: usize| there.iter().fold(own, |sum, p| sum ^ p[at]);
        let length = there
            .iter()
            .fold(word(fec, 14), |sum, p| sum ^ (p.len() - 12) as u16);
        let mut packet = vec![
            0x80 | sum(fec[0], 0) & 0x3f,
            sum(fec[1] & 0x80 | fec[16] & 0x7f, 1),
        ];
        packet.extend_from_slice(&missing.to_be_bytes());
        for at in 4..8 {
            packet.push(sum(fec[at + 16], at));
        }
        packet.extend_from_slice(&there[0][8..12]);
        for at in 0..usize::from(length) {
            let own = fec.get(28 + at).copied().unwrap_or(0);
            let others = there.iter().filter_map(|p| p.get(12 + at));
            packet.push(others.fold(own, |sum, byte| sum ^ byte));
        }
        packet
    }
}
