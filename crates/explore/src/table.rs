//! States as byte strings, each held once.
//!
//! All bytes lie in one arena and a state is known by its number, in the order of discovery. The hash is fixed, so that numbers are
//! the same on every run.

/// The number of a state, in the order of discovery.
pub type StateId = u32;

/// Byte strings, each held once and numbered in the order in which they came.
#[derive(Debug)]
pub struct Table {
    arena: Vec<u8>,
    ends: Vec<u32>,
    /// Open addressing: the upper half is a part of the hash, the lower half the number of the state plus one; zero is free.
    places: Vec<u64>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            arena: Vec::new(),
            ends: Vec::new(),
            places: vec![0; 1 << 15],
        }
    }
}

impl Table {
    /// Returns how many states there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns whether there is no state yet.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns whether the arena has no room for another state.
    pub fn is_full(&self) -> bool {
        self.arena.len() > (u32::MAX - (1 << 20)) as usize
            || self.ends.len() >= (u32::MAX - 2) as usize
    }

    /// Returns the bytes of a state.
    pub fn get(&self, id: StateId) -> &[u8] {
        let id = id as usize;
        let start = if id == 0 {
            0
        } else {
            self.ends[id - 1] as usize
        };
        &self.arena[start..self.ends[id] as usize]
    }

    /// Returns the number of the state, if it is held.
    pub fn find(&self, bytes: &[u8]) -> Option<StateId> {
        let hash = hash(bytes);
        let mask = self.places.len() - 1;
        let mut at = (hash as usize) & mask;
        while self.places[at] != 0 {
            let id = (self.places[at] as u32) - 1;
            if self.places[at] >> 32 == hash >> 32 && self.get(id) == bytes {
                return Some(id);
            }
            at = (at + 1) & mask;
        }
        None
    }

    /// Returns the number of the state, and whether it is new.
    pub fn insert(&mut self, bytes: &[u8]) -> (StateId, bool) {
        if (self.ends.len() + 1) * 3 > self.places.len() * 2 {
            self.grow();
        }
        let hash = hash(bytes);
        let mask = self.places.len() - 1;
        let tag = hash >> 32 << 32;
        let mut at = (hash as usize) & mask;
        loop {
            let place = self.places[at];
            if place == 0 {
                let id = self.ends.len() as u32;
                self.arena.extend_from_slice(bytes);
                self.ends.push(self.arena.len() as u32);
                self.places[at] = tag | u64::from(id + 1);
                return (id, true);
            }
            if place >> 32 << 32 == tag {
                let id = (place as u32) - 1;
                if self.get(id) == bytes {
                    return (id, false);
                }
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let size = self.places.len() * 2;
        let mask = size - 1;
        let mut places = vec![0_u64; size];
        for id in 0..self.ends.len() as u32 {
            let hash = hash(self.get(id));
            let mut at = (hash as usize) & mask;
            while places[at] != 0 {
                at = (at + 1) & mask;
            }
            places[at] = (hash >> 32 << 32) | u64::from(id + 1);
        }
        self.places = places;
    }
}

/// Returns a hash that mixes well enough for a table of short strings; it is the same on every machine.
fn hash(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = bytes.len() as u64 ^ FACTOR;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        hash = (hash ^ u64::from_le_bytes(*word))
            .wrapping_mul(FACTOR)
            .rotate_left(29);
    }
    let mut last = [0_u8; 8];
    last[..rest.len()].copy_from_slice(rest);
    hash = (hash ^ u64::from_le_bytes(last)).wrapping_mul(FACTOR);
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(FACTOR);
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_held_once_and_keeps_its_number() {
        let mut table = Table::default();
        let bytes = |n: u32| format!("state {n}").into_bytes();
        for n in 0..5000 {
            assert_eq!(table.insert(&bytes(n)), (n, true));
        }
        for n in 0..5000 {
            assert_eq!(table.insert(&bytes(n)), (n, false));
            assert_eq!(table.get(n), bytes(n));
        }
        assert_eq!(table.insert(b""), (5000, true));
        assert_eq!(table.len(), 5001);
    }
}
