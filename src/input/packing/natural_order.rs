//! Names in the order in which people count: `a2` before `a10`.

use std::cmp::Ordering;

/// Compares names with the numbers in them by value; names that differ only in leading zeros by their letters.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (x, y) = (next(&mut left), next(&mut right));
        if x.is_empty() || y.is_empty() {
            return x.len().cmp(&y.len()).then_with(|| a.cmp(b));
        }
        let is_number = |word: &str| word.as_bytes()[0].is_ascii_digit();
        let order = if is_number(x) && is_number(y) {
            let (x, y) = (x.trim_start_matches('0'), y.trim_start_matches('0'));
            x.len().cmp(&y.len()).then_with(|| x.cmp(y))
        } else {
            x.cmp(y)
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Takes the digits, or the one letter, that `rest` begins with.
fn next<'a>(rest: &mut &'a str) -> &'a str {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let letter = rest.chars().next().map_or(0, char::len_utf8);
    let (word, tail) = rest.split_at(if digits > 0 { digits } else { letter });
    *rest = tail;
    word
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn numbers_count_by_value_and_equal_ones_by_their_letters() {
        let mut names = [
            "c1_20_3_0",
            "c1_120_3_0",
            "c1_20_10_0",
            "c1_20_3",
            "b",
            "",
            "c01_20_3",
            "é9",
            "é10",
        ];
        names.sort_by(|a, b| compare(a, b));
        let sorted = [
            "",
            "b",
            "c01_20_3",
            "c1_20_3",
            "c1_20_3_0",
            "c1_20_10_0",
            "c1_120_3_0",
            "é9",
            "é10",
        ];
        assert_eq!(names, sorted);
    }
}
