//! The order in which Go's `sort.Sort` leaves elements that compare equal.
//!
//! kubectl 1.20 is built with Go 1.15, whose sort is not stable: events of the same second, or objects that lack the
//! field of `--sort-by`, come in an order that only the same steps reproduce. A kubectl 1.20 that somebody built with Go 1.19
//! or later sorts otherwise (pdqsort): there, more than 12 equal elements stand in another order than here.
//!
//! Source: Go 1.15 `src/sort/sort.go`.

use std::ops::Range;

/// Up to so many elements are sorted by insertion.
const FEW: usize = 12;

/// From so many elements on, the pivot is a median of medians.
const MANY: usize = 40;

/// Sorts as Go 1.15 does. `less` need not be a strict order: kubectl's is none where both sides lack the field.
pub(super) fn sort<T>(elements: &mut [T], less: impl Fn(&T, &T) -> bool) {
    Sort { elements, less }.range();
}

struct Sort<'a, T, L> {
    elements: &'a mut [T],
    less: L,
}

impl<T, L: Fn(&T, &T) -> bool> Sort<'_, T, L> {
    fn less(&self, a: usize, b: usize) -> bool {
        (self.less)(&self.elements[a], &self.elements[b])
    }

    fn range(&mut self) {
        // Recursion in Go takes the shorter side first; the sides do not touch each other, so any order will do.
        let mut open = Vec::new();
        open.push(0..self.elements.len());
        while let Some(range) = open.pop() {
            if range.len() > FEW {
                let equal = self.partition(&range);
                open.push(range.start..equal.start);
                open.push(equal.end..range.end);
            } else {
                self.insert(range);
            }
        }
    }

    /// One pass of swaps over a distance of 6, then insertion.
    fn insert(&mut self, Range { start, end }: Range<usize>) {
        for place in start + 6..end {
            if self.less(place, place - 6) {
                self.elements.swap(place, place - 6);
            }
        }
        for next in start + 1..end {
            let mut place = next;
            while place > start && self.less(place, place - 1) {
                self.elements.swap(place, place - 1);
                place -= 1;
            }
        }
    }

    /// Leaves `b` with the median of the three.
    fn median(&mut self, a: usize, b: usize, c: usize) {
        self.order(a, b);
        if self.less(c, b) {
            self.elements.swap(c, b);
            self.order(a, b);
        }
    }

    fn order(&mut self, low: usize, high: usize) {
        if self.less(high, low) {
            self.elements.swap(high, low);
        }
    }

    /// Puts what is less than a pivot before it and what is greater behind it; returns where those lie that equal it.
    fn partition(&mut self, range: &Range<usize>) -> Range<usize> {
        let (first, end) = (range.start, range.end);
        let middle = first + range.len() / 2;
        if range.len() > MANY {
            let step = range.len() / 8;
            self.median(first + step, first, first + 2 * step);
            self.median(middle - step, middle, middle + step);
            self.median(end - 1 - step, end - 1, end - 1 - 2 * step);
        }
        self.median(middle, first, end - 1);
        let pivot = first;
        // Less than the pivot: up to `low`; not greater: up to `mid`; not yet looked at: up to `high`; then greater.
        let (mut low, mut high) = (first + 1, end - 1);
        while low < high && self.less(low, pivot) {
            low += 1;
        }
        let mut mid = low;
        loop {
            while mid < high && !self.less(pivot, mid) {
                mid += 1;
            }
            while mid < high && self.less(pivot, high - 1) {
                high -= 1;
            }
            if mid >= high {
                break;
            }
            self.elements.swap(mid, high - 1);
            mid += 1;
            high -= 1;
        }
        if self.many_equal(range, middle, &mut mid, &mut high) {
            loop {
                while low < mid && !self.less(mid - 1, pivot) {
                    mid -= 1;
                }
                while low < mid && self.less(low, pivot) {
                    low += 1;
                }
                if low >= mid {
                    break;
                }
                self.elements.swap(low, mid - 1);
                low += 1;
                mid -= 1;
            }
        }
        self.elements.swap(pivot, mid - 1);
        mid - 1..high
    }

    /// Whether so many seem to equal the pivot that it pays to gather them: three samples tell.
    fn many_equal(&mut self, range: &Range<usize>, middle: usize, mid: &mut usize, high: &mut usize) -> bool {
        let (pivot, end) = (range.start, range.end);
        if end - *high < 5 {
            return true;
        }
        if end - *high >= range.len() / 4 {
            return false;
        }
        let mut equal = 0;
        if !self.less(pivot, end - 1) {
            self.elements.swap(*high, end - 1);
            *high += 1;
            equal += 1;
        }
        if !self.less(*mid - 1, pivot) {
            *mid -= 1;
            equal += 1;
        }
        if !self.less(middle, pivot) {
            self.elements.swap(middle, *mid - 1);
            *mid -= 1;
            equal += 1;
        }
        equal > 1
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
    fn elements_that_claim_to_be_less_than_each_other_are_reversed() {
        let mut letters = ['a', 'b', 'c'];
        sort(&mut letters, |_, _| true);
        assert_eq!(letters, ['c', 'b', 'a']);
    }

    #[test]
    fn sorts_any_number() {
        for length in [13, 40, 41, 300] {
            for spread in [1, 2, 7, 1000] {
                let mut numbers: Vec<usize> = (0..length).map(|place| place * 7919 % 1009 % spread).collect();
                let mut expected = numbers.clone();
                expected.sort_unstable();
                sort(&mut numbers, |a, b| a < b);
                assert_eq!(numbers, expected);
            }
        }
    }
}
