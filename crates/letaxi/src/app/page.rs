//! Pagination of lists.

use storage::lists::{Listed, Window};

/// Number of elements per page in most lists.
pub const PER_PAGE: i64 = 30;

/// A requested page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Number, from 1.
    pub number: i64,
    /// Number of elements per page.
    pub size: i64,
}

/// A page, with the length of the whole list.
#[derive(Clone, Debug, PartialEq)]
pub struct Paged<T> {
    /// The elements of the page.
    pub elements: Vec<T>,
    /// The page.
    pub page: Page,
    /// Number of elements in the list.
    pub total: i64,
}

impl Page {
    /// A page of a list; numbers below 1 mean the first.
    pub fn of(size: i64, number: Option<i32>) -> Self {
        Self { number: number.map_or(1, i64::from).max(1), size }
    }

    /// The window of the list for this page.
    pub fn window(self) -> Window {
        Window { skip: (self.number - 1) * self.size, take: self.size }
    }

    /// The page of a list in memory.
    pub fn cut<T>(self, all: Vec<T>) -> Paged<T> {
        let total = i64::try_from(all.len()).expect("a list in memory is not that long");
        let skip = usize::try_from(self.window().skip).unwrap_or(usize::MAX);
        let take = usize::try_from(self.size).expect("a page is small");
        Paged { elements: all.into_iter().skip(skip).take(take).collect(), page: self, total }
    }

    /// A window of a list as a page.
    pub fn listed<T, U>(self, listed: Listed<T>, show: impl FnMut(T) -> U) -> Paged<U> {
        let Listed { elements, total } = listed;
        Paged { elements: elements.into_iter().map(show).collect(), page: self, total }
    }
}

impl<T> Paged<T> {
    /// Number of pages of the list.
    pub fn pages(&self) -> i64 {
        (self.total + self.page.size - 1) / self.page.size
    }

    /// The next page, if any.
    pub fn next(&self) -> Option<i64> {
        (self.page.number < self.pages()).then_some(self.page.number + 1)
    }

    /// The previous page, if any.
    pub fn previous(&self) -> Option<i64> {
        (self.page.number > 1).then_some(self.page.number - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paged(total: i64, number: i32) -> Paged<u8> {
        Paged { elements: Vec::new(), page: Page::of(30, Some(number)), total }
    }

    #[test]
    fn a_page_knows_its_neighbours() {
        for (total, number, previous, next, pages) in [
            (0, 1, None, None, 0),
            (30, 1, None, None, 1),
            (31, 1, None, Some(2), 2),
            (31, 2, Some(1), None, 2),
            (31, 7, Some(6), None, 2),
            (31, 0, None, Some(2), 2),
            (31, -5, None, Some(2), 2),
        ] {
            let paged = paged(total, number);
            assert_eq!((paged.previous(), paged.next(), paged.pages()), (previous, next, pages));
        }
    }

    #[test]
    fn a_page_is_cut_out_of_a_list() {
        let cut = |number| Page::of(2, Some(number)).cut(vec!['a', 'b', 'c']).elements;
        assert_eq!(cut(1), ['a', 'b']);
        assert_eq!(cut(2), ['c']);
        assert!(cut(i32::MAX).is_empty());
    }
}
