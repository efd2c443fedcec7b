//! What AWS' machine types say of themselves in labels, as Karpenter sets them: family, size, CPUs, memory.

use super::pool::Shape;

/// All of these labels begin so.
const PREFIX: &str = "karpenter.k8s.aws/instance-";

/// The labels of a node of `shape`: sizes for any, and for names like `m6i.2xlarge` what the name says.
pub(super) fn instance_labels(shape: &Shape) -> Vec<(String, String)> {
    let mut labels = vec![
        ("cpu", (shape.capacity.cpu_milli / 1000).to_string()),
        ("memory", (shape.capacity.memory_bytes >> 20).to_string()),
    ];
    if let Some(name) = Name::read(&shape.name) {
        labels.extend([
            ("family", name.family.to_owned()),
            ("size", name.size.to_owned()),
            ("category", name.category.to_owned()),
            ("generation", name.generation.to_owned()),
        ]);
    }
    let named = labels.into_iter();
    named
        .map(|(name, value)| (format!("{PREFIX}{name}"), value))
        .collect()
}

/// A machine type's name in its parts: `m6i.2xlarge` is of the family `m6i`, category `m`, generation `6`.
#[derive(Debug, PartialEq, Eq)]
struct Name<'a> {
    family: &'a str,
    size: &'a str,
    category: &'a str,
    generation: &'a str,
}

impl<'a> Name<'a> {
    fn read(name: &'a str) -> Option<Self> {
        let (family, size) = name.split_once('.')?;
        let digit = family.find(|letter: char| letter.is_ascii_digit())?;
        let (category, rest) = family.split_at(digit);
        let digits = rest
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(rest.len());
        let whole = !category.is_empty() && category.bytes().all(|letter| letter.is_ascii_lowercase());
        (whole && !size.is_empty()).then(|| Self {
            family,
            size,
            category,
            generation: &rest[..digits],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    /// Were a name misread, a NodePool that asks for a family would get another one.
    #[test]
    fn a_name_is_read_in_its_parts_and_other_clouds_names_are_not() {
        let read =
            |name| Name::read(name).map(|name| (name.family, name.size, name.category, name.generation));
        assert_eq!(read("m6i.2xlarge"), Some(("m6i", "2xlarge", "m", "6")));
        assert_eq!(read("g4dn.xlarge"), Some(("g4dn", "xlarge", "g", "4")));
        assert_eq!(read("u-6tb1.metal"), None);
        assert_eq!(read("n2-standard-4"), None);
        assert_eq!(read("four"), None);
    }
}
