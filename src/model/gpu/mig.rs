//! Multi-Instance GPU: into which instances a GPU can be cut.
//!
//! Knows: profiles, where on a GPU an instance may begin, and what has room beside what. Must not know: nodes or pods.
//!
//! A GPU has slices of memory in a row, and each profile takes so many of them from one of a few starts on. Instances that
//! do not overlap can be there together; at most one of a GPU has the media extensions (`+me`). Sources: NVIDIA
//! Multi-Instance GPU User Guide, "Supported MIG Profiles", and what `nvidia-smi mig -lgip` and `-lgipp` print for each
//! product. The memory is what the driver lists of an instance, less than its name says.

/// One kind of instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MigProfile {
    /// Its name: `1g.5gb`.
    pub name: &'static str,
    /// Slices of compute that it has.
    pub compute: u8,
    /// Memory that it has, MiB.
    pub memory_mib: u64,
    /// Slices of memory that it takes in a row.
    width: u8,
    /// The slices of memory it may begin at.
    starts: &'static [u8],
    /// Whether it has the media extensions.
    media: bool,
}

/// How a GPU can be cut.
#[derive(Debug)]
pub struct Geometry {
    /// Slices of compute of the whole GPU: an instance has its part of these.
    pub compute: u8,
    /// Every kind of instance.
    pub profiles: &'static [MigProfile],
}

/// An instance on its GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance {
    /// What it is.
    pub profile: &'static MigProfile,
    /// The slice of memory it begins at.
    pub start: u8,
}

const ANY: &[u8] = &[0, 1, 2, 3, 4, 5, 6];
const EVEN: &[u8] = &[0, 2, 4, 6];
const TWOS: &[u8] = &[0, 2, 4];
const HALVES: &[u8] = &[0, 4];
const FIRST: &[u8] = &[0];

/// A profile of `compute` slices that takes `width` slices of memory, which are `memory_mib`.
const fn profile(
    name: &'static str,
    (compute, width): (u8, u8),
    starts: &'static [u8],
    memory_mib: u64,
) -> MigProfile {
    let bytes = name.as_bytes();
    MigProfile {
        name,
        compute,
        memory_mib,
        width,
        starts,
        media: bytes[bytes.len() - 1] == b'e',
    }
}

/// A100 with 40 GB.
pub(super) static A100_40: Geometry = Geometry {
    compute: 7,
    profiles: &[
        profile("1g.5gb", (1, 1), ANY, 4864),
        profile("1g.5gb+me", (1, 1), ANY, 4864),
        profile("1g.10gb", (1, 2), EVEN, 9856),
        profile("2g.10gb", (2, 2), TWOS, 9856),
        profile("3g.20gb", (3, 4), HALVES, 19_968),
        profile("4g.20gb", (4, 4), FIRST, 19_968),
        profile("7g.40gb", (7, 8), FIRST, 40_192),
    ],
};

/// A100 with 80 GB.
pub(super) static A100_80: Geometry = Geometry {
    compute: 7,
    profiles: &[
        profile("1g.10gb", (1, 1), ANY, 9856),
        profile("1g.10gb+me", (1, 1), ANY, 9856),
        profile("1g.20gb", (1, 2), EVEN, 19_968),
        profile("2g.20gb", (2, 2), TWOS, 19_968),
        profile("3g.40gb", (3, 4), HALVES, 40_192),
        profile("4g.40gb", (4, 4), FIRST, 40_192),
        profile("7g.80gb", (7, 8), FIRST, 80_384),
    ],
};

/// H100 with 80 GB.
pub(super) static H100_80: Geometry = Geometry {
    compute: 7,
    profiles: &[
        profile("1g.10gb", (1, 1), ANY, 9984),
        profile("1g.10gb+me", (1, 1), ANY, 9984),
        profile("1g.20gb", (1, 2), EVEN, 20_096),
        profile("2g.20gb", (2, 2), TWOS, 20_096),
        profile("3g.40gb", (3, 4), HALVES, 40_448),
        profile("4g.40gb", (4, 4), FIRST, 40_448),
        profile("7g.80gb", (7, 8), FIRST, 81_152),
    ],
};

/// A30 with 24 GB: four slices of compute and of memory.
pub(super) static A30: Geometry = Geometry {
    compute: 4,
    profiles: &[
        profile("1g.6gb", (1, 1), &[0, 1, 2, 3], 5952),
        profile("1g.6gb+me", (1, 1), &[0, 1, 2, 3], 5952),
        profile("2g.12gb", (2, 2), &[0, 2], 11_968),
        profile("2g.12gb+me", (2, 2), &[0, 2], 11_968),
        profile("4g.24gb", (4, 4), FIRST, 24_000),
    ],
};

impl Geometry {
    /// The profile called `name`.
    #[must_use]
    pub fn profile(&self, name: &str) -> Option<&'static MigProfile> {
        self.profiles.iter().find(|profile| profile.name == name)
    }

    /// Instances of all of these profiles on one GPU, in the order of their starts. Any order of creation is tried, as the
    /// MIG partition editor does (from memory).
    ///
    /// # Errors
    /// With those that have room together, taken in their order, where not all have.
    pub fn arrange(wanted: &[&'static MigProfile]) -> Result<Vec<Instance>, Vec<&'static MigProfile>> {
        if let Some(instances) = placed(wanted) {
            return Ok(instances);
        }
        let mut fit = Vec::new();
        for &profile in wanted {
            fit.push(profile);
            if placed(&fit).is_none() {
                fit.pop();
            }
        }
        Err(fit)
    }
}

/// Places for all of them, if there are.
fn placed(wanted: &[&'static MigProfile]) -> Option<Vec<Instance>> {
    if wanted.iter().filter(|profile| profile.media).count() > 1 {
        return None;
    }
    let mut widest_first = wanted.to_vec();
    // The sort keeps the order of equals: the same cut whatever its order is written as, up to names.
    widest_first.sort_by_key(|profile| (std::cmp::Reverse(profile.width), profile.starts.len()));
    let mut found = Vec::new();
    search(&widest_first, 0, &mut found).then(|| {
        found.sort_by_key(|instance| instance.start);
        found
    })
}

/// Whether the rest has room beside what is taken, as bits of slices.
fn search(rest: &[&'static MigProfile], taken: u16, found: &mut Vec<Instance>) -> bool {
    let Some((&profile, rest)) = rest.split_first() else {
        return true;
    };
    profile.starts.iter().any(|&start| {
        let place = ((1_u16 << profile.width) - 1) << start;
        if taken & place != 0 {
            return false;
        }
        found.push(Instance { profile, start });
        let fits = search(rest, taken | place, found);
        if !fits {
            found.pop();
        }
        fits
    })
}

#[cfg(test)]
mod tests {
    use super::{A30, A100_40, A100_80, Geometry, H100_80, MigProfile};

    fn wanted(geometry: &Geometry, names: &[&str]) -> Vec<&'static MigProfile> {
        let find = |name: &&str| geometry.profile(name).expect("a profile of it");
        names.iter().map(find).collect()
    }

    fn fits(geometry: &Geometry, names: &[&str]) -> bool {
        Geometry::arrange(&wanted(geometry, names)).is_ok()
    }

    /// Were a start or a width wrong, a GPU would be cut as none can be, or not as it can be.
    #[test]
    fn as_many_of_a_profile_have_room_as_the_guide_lists() {
        let lists: [(&Geometry, &[(&str, usize)]); 4] = [
            (
                &A100_40,
                &[
                    ("1g.5gb", 7),
                    ("1g.5gb+me", 1),
                    ("1g.10gb", 4),
                    ("2g.10gb", 3),
                    ("3g.20gb", 2),
                    ("4g.20gb", 1),
                    ("7g.40gb", 1),
                ],
            ),
            (
                &A100_80,
                &[
                    ("1g.10gb", 7),
                    ("1g.10gb+me", 1),
                    ("1g.20gb", 4),
                    ("2g.20gb", 3),
                    ("3g.40gb", 2),
                    ("4g.40gb", 1),
                    ("7g.80gb", 1),
                ],
            ),
            (
                &H100_80,
                &[
                    ("1g.10gb", 7),
                    ("1g.10gb+me", 1),
                    ("1g.20gb", 4),
                    ("2g.20gb", 3),
                    ("3g.40gb", 2),
                    ("4g.40gb", 1),
                    ("7g.80gb", 1),
                ],
            ),
            (
                &A30,
                &[
                    ("1g.6gb", 4),
                    ("1g.6gb+me", 1),
                    ("2g.12gb", 2),
                    ("2g.12gb+me", 1),
                    ("4g.24gb", 1),
                ],
            ),
        ];
        for (geometry, list) in lists {
            assert_eq!(geometry.profiles.len(), list.len());
            for &(name, most) in list {
                assert!(fits(geometry, &vec![name; most]), "{most} × {name}");
                assert!(!fits(geometry, &vec![name; most + 1]), "{} × {name}", most + 1);
            }
        }
    }

    #[test]
    fn instances_of_several_kinds_have_room_where_their_places_do_not_overlap() {
        for (names, room) in [
            (&["1g.5gb", "1g.5gb", "2g.10gb", "3g.20gb"][..], true),
            (&["3g.20gb", "2g.10gb", "1g.5gb", "1g.5gb"], true),
            (&["4g.20gb", "3g.20gb"], true),
            (&["4g.20gb", "2g.10gb", "1g.5gb"], true),
            (&["3g.20gb", "1g.5gb", "1g.5gb", "1g.5gb", "1g.5gb"], true),
            (&["3g.20gb", "3g.20gb", "1g.5gb"], false),
            (&["4g.20gb", "4g.20gb"], false),
            (&["7g.40gb", "1g.5gb"], false),
            (&["2g.10gb", "2g.10gb", "2g.10gb", "1g.5gb"], true),
            (&["2g.10gb", "2g.10gb", "2g.10gb", "1g.5gb", "1g.5gb"], false),
            (&["4g.20gb", "1g.10gb", "1g.10gb"], true),
        ] {
            assert_eq!(fits(&A100_40, names), room, "{names:?}");
        }
    }

    #[test]
    fn of_too_many_those_are_told_that_have_room() {
        let names = ["3g.20gb", "3g.20gb", "1g.5gb"];
        let some = Geometry::arrange(&wanted(&A100_40, &names)).expect_err("too many");
        let some: Vec<&str> = some.iter().map(|profile| profile.name).collect();
        assert_eq!(some, ["3g.20gb", "3g.20gb"]);
    }

    #[test]
    fn instances_have_no_more_than_their_gpu() {
        for geometry in [&A100_40, &A100_80, &H100_80, &A30] {
            let whole = geometry.profiles.last().expect("the whole GPU");
            for one in geometry.profiles {
                let most = usize::from(whole.width / one.width);
                assert!(one.memory_mib * most as u64 <= whole.memory_mib);
                assert!(one.compute <= geometry.compute && one.width <= whole.width);
            }
        }
    }
}
