//! Where tasks alike go that are placed together: evenly over the branches of a tree, and within a branch node by node.
//!
//! Knows: the order of nodes, and whom to ask whether one has room. Must not know: what room is. Source: swarmkit
//! `manager/scheduler/scheduler.go` (`scheduleNTasksOnSubtree`, `scheduleNTasksOnNodes`) and `nodeset.go` (`tree`). Where
//! swarmkit goes by the order of a Go map, which is none, the order here is that of label values and of nodes.

use super::order::Standing;
use std::collections::{BTreeMap, BTreeSet};

/// The nodes, sorted into branches by the values of labels.
#[derive(Debug, Default)]
pub(super) struct Branch {
    /// Tasks of the service below, those included that are on nodes without room.
    tasks: u32,
    next: BTreeMap<String, Self>,
    nodes: Vec<Standing>,
}

/// Whether the node at a position takes one more.
pub(super) trait Room {
    /// Whether it has room.
    fn has(&mut self, place: usize) -> bool;
    /// One more goes there.
    fn take(&mut self, place: usize);
}

impl Branch {
    /// One more node, which has these values of the labels that are spread over.
    pub(super) fn add(&mut self, values: &[&str], node: Standing) {
        self.tasks += node.alike;
        match values.split_first() {
            None => self.nodes.push(node),
            Some((value, rest)) => self.next.entry((*value).to_owned()).or_default().add(rest, node),
        }
    }

    /// Finds nodes for as many of `count` tasks as there is room for.
    pub(super) fn place(&mut self, count: u32, room: &mut dyn Room) -> Vec<usize> {
        let mut placed = Vec::new();
        self.place_some(count, count, room, &mut placed);
        placed
    }

    /// Of `all` tasks that are placed, finds nodes for `count` at most below this branch; for how many it has.
    fn place_some(&mut self, all: u32, count: u32, room: &mut dyn Room, placed: &mut Vec<usize>) -> u32 {
        if self.next.is_empty() {
            let left = all - placed.len() as u32;
            return fill(&mut self.nodes, count.min(left), all, room, placed);
        }
        let mut done = 0;
        let mut in_usable = self.tasks;
        let mut full: BTreeSet<String> = BTreeSet::new();
        while done < count && full.len() != self.next.len() {
            let usable = (self.next.len() - full.len()) as u32;
            let wanted = in_usable + count - done;
            let (each, mut rest) = (wanted / usable, wanted % usable);
            for (value, branch) in &mut self.next {
                if full.contains(value) {
                    continue;
                }
                let has = branch.tasks;
                if has < each || (has == each && rest > 0) {
                    let more = (each - has + u32::from(rest > 0)).min(count - done);
                    if more == 0 {
                        return done;
                    }
                    let got = branch.place_some(all, more, room, placed);
                    if got < more {
                        full.insert(value.clone());
                        in_usable -= has;
                    } else {
                        rest = rest.saturating_sub(1);
                    }
                    done += got;
                }
            }
        }
        done
    }
}

/// Finds nodes for `count` tasks, of `all` that are placed, among `nodes`: the best first. In a first pass a node takes
/// tasks while the next one is not better; after that each takes one in turn.
fn fill(
    nodes: &mut Vec<Standing>,
    count: u32,
    all: u32,
    room: &mut dyn Room,
    placed: &mut Vec<usize>,
) -> u32 {
    nodes.retain(|node| room.has(node.place));
    // Positions decide between equals, and `is_before` is a weak order, so this is the order of any stable sort.
    nodes.sort_by(|a, b| match (a.is_before(b), b.is_before(a)) {
        (true, _) => std::cmp::Ordering::Less,
        (_, true) => std::cmp::Ordering::Greater,
        _ => a.place.cmp(&b.place),
    });
    // No more nodes are looked at than there are tasks.
    nodes.truncate(all as usize);
    if nodes.is_empty() || count == 0 {
        return 0;
    }
    let mut no_room = vec![false; nodes.len()];
    let (mut turn, mut done) = (0, 0);
    loop {
        let here = turn % nodes.len();
        room.take(nodes[here].place);
        placed.push(nodes[here].place);
        nodes[here] = nodes[here].with_one_more();
        done += 1;
        if done == count {
            return done;
        }
        let in_first_pass = turn + 1 < nodes.len();
        if !in_first_pass || nodes[turn + 1].is_before(&nodes[here]) {
            turn += 1;
        }
        let from = turn;
        while no_room[turn % nodes.len()] || !room.has(nodes[turn % nodes.len()].place) {
            no_room[turn % nodes.len()] = true;
            turn += 1;
            if turn - from == nodes.len() {
                return done;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Branch, Room, Standing};

    /// So many more tasks each.
    struct Places(Vec<u32>);

    impl Room for Places {
        fn has(&mut self, place: usize) -> bool {
            self.0[place] > 0
        }

        fn take(&mut self, place: usize) {
            self.0[place] -= 1;
        }
    }

    fn node(place: usize, alike: u32, tasks: u32) -> Standing {
        Standing {
            place,
            failures: 0,
            alike,
            tasks,
        }
    }

    fn placed(nodes: &[(&[&str], Standing)], room: &[u32], count: u32) -> Vec<usize> {
        let mut tree = Branch::default();
        for (values, node) in nodes {
            tree.add(values, *node);
        }
        tree.place(count, &mut Places(room.to_vec()))
    }

    /// The first pass levels the service's tasks; then each node gets one in turn, also where another has fewer of all.
    #[test]
    fn a_batch_levels_and_then_goes_round() {
        let nodes = [
            (&[][..], node(0, 0, 5)),
            (&[], node(1, 1, 2)),
            (&[], node(2, 1, 3)),
        ];
        assert_eq!(placed(&nodes, &[9; 3], 6), [0, 1, 2, 0, 1, 2]);
        let nodes = [(&[][..], node(0, 0, 0)), (&[], node(1, 3, 3))];
        assert_eq!(placed(&nodes, &[9; 2], 5), [0, 0, 0, 0, 1]);
        assert_eq!(placed(&nodes, &[2, 1], 5), [0, 0, 1], "as far as there is room");
        assert!(placed(&nodes, &[0, 0], 2).is_empty());
    }

    /// Three nodes in one zone and one in the other: half of the tasks each, and not a quarter.
    #[test]
    fn branches_get_the_same_numbers() {
        let nodes = [
            (&["a"][..], node(0, 0, 0)),
            (&["a"], node(1, 0, 0)),
            (&["a"], node(2, 0, 0)),
            (&["b"], node(3, 0, 0)),
        ];
        let in_b = |room: &[u32], count| {
            let placed = placed(&nodes, room, count);
            (placed.len(), placed.iter().filter(|&&place| place == 3).count())
        };
        assert_eq!(in_b(&[9; 4], 8), (8, 4));
        assert_eq!(
            in_b(&[9, 9, 9, 1], 8),
            (8, 1),
            "what has no room there goes elsewhere"
        );
        // What is there counts: two in a, none in b.
        let nodes = [(&["a"][..], node(0, 2, 2)), (&["b"], node(1, 0, 0))];
        assert_eq!(placed(&nodes, &[9; 2], 2), [1, 1]);
    }

    /// Racks within zones: even over zones first, then over racks.
    #[test]
    fn branches_have_branches() {
        let nodes = [
            (&["a", "1"][..], node(0, 0, 0)),
            (&["a", "2"], node(1, 0, 0)),
            (&["b", "3"], node(2, 0, 0)),
        ];
        let placed = placed(&nodes, &[9; 3], 8);
        let on = |place| placed.iter().filter(|&&one| one == place).count();
        assert_eq!([on(0), on(1), on(2)], [2, 2, 4]);
    }
}
