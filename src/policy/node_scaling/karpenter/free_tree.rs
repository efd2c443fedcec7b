//! The first of many nodes with room: a tree of the most that any node below has free.

/// CPU in thousandths, memory in bytes and pod slots.
pub(super) type Amounts = [u64; 3];

/// Free amounts by position.
#[derive(Clone, Debug, Default)]
pub(super) struct FreeTree {
    /// The root at 1, the children of `n` at `2n` and `2n + 1`, the leaves from `leaves` on.
    most: Vec<Amounts>,
    leaves: usize,
}

impl FreeTree {
    /// What is free at each position.
    #[must_use]
    pub(super) fn new(free: &[Amounts]) -> Self {
        let leaves = free.len().next_power_of_two().max(1);
        let mut most = vec![[0; 3]; 2 * leaves];
        most[leaves..leaves + free.len()].copy_from_slice(free);
        let mut tree = Self { most, leaves };
        for place in (1..leaves).rev() {
            tree.most[place] = tree.above(place);
        }
        tree
    }

    /// Something else is free at a position.
    pub(super) fn set(&mut self, position: usize, free: Amounts) {
        let mut place = self.leaves + position;
        self.most[place] = free;
        while place > 1 {
            place /= 2;
            let above = self.above(place);
            if self.most[place] == above {
                return;
            }
            self.most[place] = above;
        }
    }

    /// The first position from `from` on where `asked` is free.
    #[must_use]
    pub(super) fn first_from(&self, from: usize, asked: &Amounts) -> Option<usize> {
        if from >= self.leaves {
            return None;
        }
        let mut place = self.leaves + from;
        loop {
            if fits(asked, &self.most[place]) {
                if place >= self.leaves {
                    return Some(place - self.leaves);
                }
                place *= 2;
                continue;
            }
            // The next subtree to the right.
            while place % 2 == 1 {
                place /= 2;
                if place <= 1 {
                    return None;
                }
            }
            place += 1;
        }
    }

    fn above(&self, place: usize) -> Amounts {
        let (one, other) = (self.most[2 * place], self.most[2 * place + 1]);
        [one[0].max(other[0]), one[1].max(other[1]), one[2].max(other[2])]
    }
}

fn fits(asked: &Amounts, free: &Amounts) -> bool {
    asked[0] <= free[0] && asked[1] <= free[1] && asked[2] <= free[2]
}

#[cfg(test)]
mod tests {
    use super::{Amounts, FreeTree, fits};

    /// Whatever a scan would find first, the tree must find.
    #[test]
    fn it_finds_what_a_scan_finds() {
        let mut seed = 7_u64;
        let mut draw = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % below
        };
        for len in [0, 1, 2, 5, 33] {
            let mut free: Vec<Amounts> = (0..len).map(|_| [draw(9), draw(9), draw(3)]).collect();
            let mut tree = FreeTree::new(&free);
            for _ in 0..200 {
                if len > 0 {
                    let position = draw(len) as usize;
                    free[position] = [draw(9), draw(9), draw(3)];
                    tree.set(position, free[position]);
                }
                let asked = [draw(9), draw(9), 1 + draw(2)];
                let from = draw(len + 1) as usize;
                let scanned = (from..free.len()).find(|&place| fits(&asked, &free[place]));
                assert_eq!(
                    tree.first_from(from, &asked),
                    scanned,
                    "{asked:?} from {from} in {free:?}"
                );
            }
        }
    }
}
