//! Numbers that look random and are not: each is decided by what it is drawn for, so that the same state is looked at
//! in the same way, and a state that differs in one conversation differs in that conversation's draws alone.

/// How many futures are looked at. A power of two, which `stratum` needs.
pub const FUTURES: usize = 128;

/// What a number is drawn for; one conversation needs several that have nothing to do with each other.
#[derive(Clone, Copy, Debug)]
pub enum For {
    Remaining = 1,
    Age,
    Handling,
    Patience,
    Level,
    Arrival,
}

/// Mixes 64 bits (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
pub fn mixed(value: u64) -> u64 {
    let z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The draws for one thing, one for each future: a random permutation of equal strata, so that even a hundred draws
/// have the right quantiles (McKay, Beckman and Conover, "Latin hypercube sampling", Technometrics 21:2, 1979).
#[derive(Clone, Copy, Debug)]
pub struct Strata(u64);

impl Strata {
    /// Of `key`, for one use.
    pub fn of(seed: u64, key: u64, what: For) -> Strata {
        Strata(mixed(mixed(seed ^ key) ^ (what as u64)))
    }

    /// Between 0 and 1, both excluded.
    pub fn uniform(self, future: usize) -> f64 {
        middle(self.stratum(future))
    }

    /// Which stratum is drawn in each future.
    pub fn strata(self) -> [u8; FUTURES] {
        std::array::from_fn(|future| self.stratum(future) as u8)
    }

    /// In which future each stratum is drawn: `stratum` the other way round.
    pub fn futures(self) -> [u8; FUTURES] {
        let mut futures = [0; FUTURES];
        let strata = self.strata().into_iter().enumerate();
        strata.for_each(|(future, stratum)| futures[usize::from(stratum)] = future as u8);
        futures
    }

    /// A bijection of `0..FUTURES`: each round is one. Only the low bits of each round's key count, so that the numbers
    /// are short and several futures are worked out at a time.
    fn stratum(self, future: usize) -> usize {
        const BITS: u32 = FUTURES.trailing_zeros();
        const MASK: u16 = FUTURES as u16 - 1;
        let mut x = future as u16;
        let mut key = self.0;
        for _ in 0..4 {
            let (times, plus) = ((key << 1 | 1) as u16, (key >> 8) as u16);
            x = x.wrapping_mul(times).wrapping_add(plus) & MASK;
            x ^= x >> (BITS / 2);
            key >>= 15;
        }
        usize::from(x)
    }
}

/// A sequence, for what has no number of its own.
#[derive(Clone, Copy, Debug)]
pub struct Sequence(u64);

impl Sequence {
    /// Of one future.
    pub fn of(seed: u64, future: usize, what: For) -> Sequence {
        Sequence(mixed(seed ^ mixed((future as u64) << 8 | what as u64)))
    }

    /// Between 0 and 1, both excluded.
    pub fn uniform(&mut self) -> f64 {
        self.0 = mixed(self.0);
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }
}

/// The value that this share of a standard normal distribution is below, nearly: by the logistic one, whose quantiles are
/// a logarithm.
pub fn logistic(share: f64) -> f64 {
    (share / (1.0 - share)).ln() / 1.702
}

/// The middle of a stratum.
pub fn middle(stratum: usize) -> f64 {
    (stratum as f64 + 0.5) / FUTURES as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_draw_what_long_ones_did() {
        let with_long_numbers = |strata: Strata, future: usize| {
            let (mut x, mut key) = (future as u64, strata.0);
            for _ in 0..4 {
                x = (x.wrapping_mul(key << 1 | 1)).wrapping_add(key >> 8) & (FUTURES as u64 - 1);
                x ^= x >> (FUTURES.trailing_zeros() / 2);
                key >>= 15;
            }
            x as usize
        };
        for key in 0..500 {
            let strata = Strata::of(7, key, For::Remaining);
            let futures = strata.futures();
            for future in 0..FUTURES {
                let stratum = strata.stratum(future);
                assert_eq!(stratum, with_long_numbers(strata, future), "{key} {future}");
                assert_eq!(usize::from(futures[stratum]), future);
            }
        }
    }

    #[test]
    fn every_stratum_is_drawn_once_and_two_things_are_not_alike() {
        let one = Strata::of(1, 2, For::Handling);
        let mut seen: Vec<usize> = (0..FUTURES).map(|future| one.stratum(future)).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..FUTURES).collect::<Vec<_>>());
        let mean_product = |a: Strata, b: Strata| {
            (0..FUTURES).map(|f| (a.uniform(f) - 0.5) * (b.uniform(f) - 0.5) * 12.0).sum::<f64>()
                / FUTURES as f64
        };
        assert!((mean_product(one, one) - 1.0).abs() < 0.01);
        let squares: f64 =
            (0..400).map(|key| mean_product(one, Strata::of(1, key + 9, For::Handling)).powi(2)).sum();
        let spread = (squares / 400.0).sqrt();
        assert!((0.06..0.12).contains(&spread), "as independent draws would be: {spread}, not {}", 0.088);
    }
}
