//! A small map in one list, in the order of its keys. The desk's maps hold dozens of things, and each kind of tree of
//! the standard library costs its visitors two kilobytes to download.

/// A map for dozens of things.
#[derive(Clone, Debug, PartialEq)]
pub struct Map<K, V>(Vec<(K, V)>);

/// A set for dozens of things.
pub type Set<K> = Map<K, ()>;

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Map::new()
    }
}

impl<K, V> Map<K, V> {
    /// Nothing in it.
    pub const fn new() -> Self {
        Map(Vec::new())
    }

    /// Keys with their values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// Values in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    /// Keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    /// Nothing is left.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl<K: Copy + Ord, V> Map<K, V> {
    /// Where a key is, or would be.
    fn at(&self, key: K) -> Result<usize, usize> {
        match self.0.iter().position(|(other, _)| *other >= key) {
            Some(at) if self.0[at].0 == key => Ok(at),
            at => Err(at.unwrap_or(self.0.len())),
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.at(*key).ok().map(|at| &self.0[at].1)
    }

    /// Whether there is one.
    pub fn has(&self, key: &K) -> bool {
        self.at(*key).is_ok()
    }

    /// Puts a value in the place of the one there was.
    pub fn insert(&mut self, key: K, value: V) {
        match self.at(key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (key, value)),
        }
    }

    /// The value of a key, made when there is none.
    pub fn get_or(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let at = self.at(key).unwrap_or_else(|at| {
            self.0.insert(at, (key, make()));
            at
        });
        &mut self.0[at].1
    }

    /// Takes a value out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.at(*key).ok().map(|at| self.0.remove(at).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_order_and_there_once() {
        let mut map = Map::new();
        for (key, value) in [(3, 'c'), (1, 'a'), (2, 'b'), (1, 'A')] {
            map.insert(key, value);
        }
        assert_eq!(map.iter().collect::<Vec<_>>(), [(&1, &'A'), (&2, &'b'), (&3, &'c')]);
        assert_eq!((map.get(&2), map.get(&4), map.has(&3)), (Some(&'b'), None, true));
        assert_eq!((map.remove(&2), map.remove(&2)), (Some('b'), None));
        assert_eq!(*map.get_or(2, || 'x'), 'x');
        assert_eq!(*map.get_or(2, || 'y'), 'x');
        assert_eq!(map.keys().copied().collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(map.values().copied().collect::<String>(), "Axc");
    }
}
