//! The node used last: its name, and where it stood then. Nodes that go move those after them forward.

use super::rule::Bins;

/// The node used last, if any was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct UsedLast(Option<Last>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Last {
    name: String,
    place: usize,
}

impl UsedLast {
    /// Where it stands now; if it has gone, where it stood; the first if none was used.
    pub(super) fn here(&self, bins: &dyn Bins) -> usize {
        self.find(bins).unwrap_or_else(|gone| gone)
    }

    /// What comes after it; if it has gone, what stands where it stood.
    pub(super) fn after(&self, bins: &dyn Bins) -> usize {
        self.find(bins).map_or_else(|gone| gone, |last| last + 1)
    }

    /// Where it stands now; an error is where it would stand.
    fn find(&self, bins: &dyn Bins) -> Result<usize, usize> {
        let Some(last) = &self.0 else { return Err(0) };
        let most = last.place.min(bins.count().saturating_sub(1));
        let mut places = (0..bins.count()).take(most + 1).rev();
        places.find(|&place| bins.name(place) == last.name).ok_or(most)
    }

    /// The first with room from `first` on, round the fleet; it is the one used last from now on.
    pub(super) fn next_from(&mut self, first: usize, bins: &mut dyn Bins) -> Option<usize> {
        let count = bins.count();
        let place = (0..count)
            .map(|step| (first + step) % count)
            .find(|&place| bins.has_room(place))?;
        let name = bins.name(place).to_owned();
        self.0 = Some(Last { name, place });
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::{Bins, UsedLast};
    use crate::policy::placement::rule::{Bin, Gpus};

    struct Named<'a>(&'a [&'a str]);

    impl Bins for Named<'_> {
        fn count(&self) -> usize {
            self.0.len()
        }

        fn with_room(&mut self, _: usize) -> Option<Bin<'_>> {
            Some(Bin {
                names: &[],
                capacity: &[],
                free: &[],
                largest: &[],
                pods: 0,
                alike: 0,
                gpus: Gpus::default(),
            })
        }

        fn name(&self, place: usize) -> &str {
            self.0[place]
        }
    }

    /// A node that leaves moves the positions of those after it: the one used last is known by its name.
    #[test]
    fn it_is_found_when_others_leave_and_where_it_stood_when_it_leaves_itself() {
        let mut last = UsedLast::default();
        let found = |last: &UsedLast, names: &[&str]| (last.here(&Named(names)), last.after(&Named(names)));
        assert_eq!(found(&last, &["a"]), (0, 0));
        assert_eq!(last.next_from(2, &mut Named(&["a", "b", "c", "d"])), Some(2));
        assert_eq!(found(&last, &["a", "b", "c", "d"]), (2, 3));
        assert_eq!(found(&last, &["b", "c", "d"]), (1, 2));
        assert_eq!(found(&last, &["a", "b", "d"]), (2, 2), "nobody is left out");
        assert_eq!(found(&last, &["b"]), (0, 0));
        assert_eq!(last.next_from(0, &mut Named(&[])), None);
        assert_eq!(
            last.next_from(5, &mut Named(&["b", "d"])),
            Some(1),
            "round the fleet"
        );
    }
}
