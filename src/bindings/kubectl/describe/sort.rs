//! The order in which Go's `sort.Sort` leaves elements that compare equal.

/// Sorts as Go 1.15 does, which kubectl 1.20 is built with. Its sort is not stable, so events of the same second come
/// in an order that only the same steps reproduce: up to 12 elements, one pass of swaps over a distance of 6, then
/// insertion. More elements are sorted stably.
pub(super) fn sort<T>(elements: &mut [T], less: impl Fn(&T, &T) -> bool) {
    if elements.len() > 12 {
        elements.sort_by(|a, b| less(b, a).cmp(&less(a, b)));
        return;
    }
    for place in 6..elements.len() {
        if less(&elements[place], &elements[place - 6]) {
            elements.swap(place, place - 6);
        }
    }
    for end in 1..elements.len() {
        let mut place = end;
        while place > 0 && less(&elements[place], &elements[place - 1]) {
            elements.swap(place, place - 1);
            place -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(mut pairs: Vec<(i32, char)>) -> String {
        sort(&mut pairs, |a, b| a.0 < b.0);
        assert!(pairs.is_sorted_by_key(|pair| pair.0));
        pairs.into_iter().map(|pair| pair.1).collect()
    }

    #[test]
    fn moves_equal_elements_only_where_go_does() {
        assert_eq!(sorted(vec![(1, 'a'), (0, 'b'), (1, 'c'), (0, 'd')]), "bdac");
        // 'a' jumps behind its equals, because 'g' is less.
        assert_eq!(sorted(vec![(1, 'a'), (1, 'b'), (1, 'c'), (1, 'd'), (1, 'e'), (1, 'f'), (0, 'g')]), "gbcdefa");
    }

    #[test]
    fn sorts_many_stably() {
        let many: Vec<(i32, char)> =
            ('a'..='z').enumerate().map(|(place, letter)| (place as i32 % 2, letter)).collect();
        assert_eq!(sorted(many), "acegikmoqsuwybdfhjlnprtvxz");
    }
}
