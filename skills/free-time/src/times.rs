//! Sets of instants.

use crate::span::Span;

/// A set of instants as stretches: sorted, not empty, none touching the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times {
    spans: Vec<Span>,
}

impl FromIterator<Span> for Times {
    fn from_iter<I: IntoIterator<Item = Span>>(spans: I) -> Self {
        let mut all: Vec<Span> = spans.into_iter().filter(|span| !span.is_empty()).collect();
        all.sort_unstable();
        let mut spans: Vec<Span> = Vec::with_capacity(all.len());
        for span in all {
            match spans.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => spans.push(span),
            }
        }
        Self { spans }
    }
}

impl Times {
    /// The stretches, by start.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Whether no instant is in it.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// What both have.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let (mut a, mut b) = (self.spans.iter().peekable(), other.spans.iter().peekable());
        let mut spans = Vec::new();
        while let (Some(one), Some(two)) = (a.peek(), b.peek()) {
            let both = one.and(**two);
            if !both.is_empty() {
                spans.push(both);
            }
            if one.end <= two.end {
                a.next()
            } else {
                b.next()
            };
        }
        Self { spans }
    }

    /// What is in this one and not in the other.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut spans = Vec::new();
        let mut rest = other.spans.as_slice();
        for span in &self.spans {
            let mut at = span.start;
            while let Some((_, later)) = rest.split_first().filter(|(first, _)| first.end <= at) {
                rest = later;
            }
            for taken in rest.iter().take_while(|taken| taken.start < span.end) {
                spans.push(Span::new(at, taken.start.max(at)));
                at = at.max(taken.end);
            }
            spans.push(Span::new(at, span.end));
        }
        spans.retain(|span| !span.is_empty());
        Self { spans }
    }

    /// What either has.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        self.spans.iter().chain(&other.spans).copied().collect()
    }

    /// Whether all of a stretch is in it.
    pub fn holds(&self, span: Span) -> bool {
        self.around(span.start).is_some_and(|around| span.end <= around.end)
    }

    /// Whether something of a stretch is in it.
    pub fn meets(&self, span: Span) -> bool {
        self.shared(span) > 0
    }

    /// Milliseconds of a stretch that are in it.
    pub fn shared(&self, span: Span) -> i64 {
        let from = self.spans.partition_point(|other| other.end <= span.start);
        self.spans[from..].iter().take_while(|other| other.start < span.end).map(|other| other.and(span).length()).sum()
    }

    /// The stretch that an instant is in.
    fn around(&self, at: i64) -> Option<Span> {
        let after = self.spans.partition_point(|span| span.start <= at);
        let span = *self.spans.get(after.checked_sub(1)?)?;
        (at < span.end).then_some(span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn times(spans: &[(i64, i64)]) -> Times {
        spans.iter().map(|(start, end)| Span::new(*start, *end)).collect()
    }

    fn has(times: &Times, at: i64) -> bool {
        times.spans().iter().any(|span| span.start <= at && at < span.end)
    }

    #[test]
    fn stretches_that_touch_are_one() {
        assert_eq!(times(&[(5, 7), (1, 3), (3, 5), (9, 9), (11, 10)]), times(&[(1, 7)]));
        assert!(times(&[(1, 3), (3, 5)]).holds(Span::new(2, 4)));
    }

    proptest! {
        #[test]
        fn sets_do_what_their_instants_do(
            a in prop::collection::vec((0i64..60, 0i64..60), 0..8),
            b in prop::collection::vec((0i64..60, 0i64..60), 0..8),
            from in 0i64..60,
            length in 1i64..12,
        ) {
            let (a, b) = (times(&a), times(&b));
            let (and, minus, or) = (a.and(&b), a.minus(&b), a.or(&b));
            for at in 0..72 {
                prop_assert_eq!(has(&and, at), has(&a, at) && has(&b, at));
                prop_assert_eq!(has(&minus, at), has(&a, at) && !has(&b, at));
                prop_assert_eq!(has(&or, at), has(&a, at) || has(&b, at));
            }
            for set in [&and, &minus, &or] {
                prop_assert!(set.spans().iter().all(|span| !span.is_empty()));
                prop_assert!(set.spans().windows(2).all(|pair| pair[0].end < pair[1].start));
            }
            let span = Span::new(from, from + length);
            let inside = (span.start..span.end).filter(|at| has(&a, *at)).count();
            prop_assert_eq!(a.shared(span), i64::try_from(inside).unwrap_or(-1));
            prop_assert_eq!(a.holds(span), i64::try_from(inside).unwrap_or(-1) == length);
            prop_assert_eq!(a.meets(span), inside > 0);
        }
    }
}
