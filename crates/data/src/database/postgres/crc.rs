//! The checksum of records of the write-ahead log: CRC-32C.

/// For each byte of a number, what it adds.
static TABLES: [[u32; 256]; 8] = tables();

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "a function that is const has no other way, and all of it is less than 256"
)]
const fn tables() -> [[u32; 256]; 8] {
    const POLYNOMIAL: u32 = 0x82F6_3B78;
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut sum = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 0 { sum >> 1 } else { (sum >> 1) ^ POLYNOMIAL };
            bit += 1;
        }
        tables[0][byte] = sum;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[table - 1][byte];
            tables[table][byte] = (before >> 8) ^ tables[0][(before & 0xFF) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
}

/// A sum over bytes that come in pieces.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crc(u32);

impl Default for Crc {
    fn default() -> Self {
        Self(u32::MAX)
    }
}

impl Crc {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        let (eights, rest) = bytes.as_chunks::<8>();
        for eight in eights {
            let mut bytes = *eight;
            for (byte, of_sum) in bytes.iter_mut().zip(self.0.to_le_bytes()) {
                *byte ^= of_sum;
            }
            // The first of the eight is the farthest from the end.
            let tables = TABLES.iter().rev().zip(bytes);
            self.0 = tables.fold(0, |sum, (table, byte)| sum ^ table[usize::from(byte)]);
        }
        for byte in rest {
            let [low, ..] = self.0.to_le_bytes();
            self.0 = (self.0 >> 8) ^ TABLES[0][usize::from(low ^ byte)];
        }
    }

    pub(super) fn sum(self) -> u32 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standard_however_the_bytes_come() {
        let sum = |pieces: &[&[u8]]| {
            let mut crc = Crc::default();
            for piece in pieces {
                crc.add(piece);
            }
            crc.sum()
        };
        assert_eq!(sum(&[b"123456789"]), 0xE306_9283);
        assert_eq!(sum(&[b"1", b"2345678", b"9"]), 0xE306_9283);
        assert_eq!(sum(&[&[0; 32]]), 0x8A91_36AA, "of RFC 3720");
        assert_eq!(sum(&[]), 0);
    }
}
