//! Chance from a seed: the same seed plans the same faults and the same load. What the network and the scheduler make
//! of them differs from run to run; that is why histories are kept.

use std::time::Duration;

/// A generator (SplitMix64, Steele 2014). Nothing secret comes from it: the chat server is a throw-away one.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// From a seed and what it is for, so that two users of one seed do not draw the same numbers.
    pub fn of(seed: u64, purpose: &str) -> Dice {
        Dice(seed ^ crate::history::digest(purpose))
    }

    /// Any number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below a bound above zero.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// Whether something that happens so often (0 to 1) happens now.
    pub fn chance(&mut self, often: f64) -> bool {
        (self.next() >> 11) as f64 / ((1u64 << 53) as f64) < often
    }

    /// A span between two.
    pub fn span_ms(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.next() % (to.saturating_sub(from) + 1))
    }

    /// Bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        bytes
    }
}
