//! Counts with their nouns: one pod, two pods.
//!
//! The one place that decides between one and many, for reasons, reports and warnings alike.

/// `one` if `n` is 1, else `many`.
#[must_use]
pub const fn form<'a>(n: u64, one: &'a str, many: &'a str) -> &'a str {
    if n == 1 { one } else { many }
}

/// `1 node`, `2 nodes`.
#[must_use]
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", form(n, one, many))
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_one_and_none_is_many() {
        let told = [0, 1, 2].map(|n| counted(n, "pod", "pods"));
        assert_eq!(told, ["0 pods", "1 pod", "2 pods"]);
    }
}
