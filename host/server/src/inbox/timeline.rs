//! A job's steps as bars on one axis.
//!
//! Steps take milliseconds and people take hours; on a true axis either would
//! vanish. Idle stretches are cut to a fixed width and marked as such, so what
//! is compared to scale is work with work.

use skillhost_engine::time::Timestamp;

use crate::view::StepView;

/// Width of the drawing, in its own units.
pub(super) const WIDTH: i64 = 1000;
/// Width of a stretch in which nothing ran.
const CUT: i64 = 40;
/// A pause shorter than this share of all work is drawn to scale.
const CUT_SHARE: i64 = 5;
/// A bar is never thinner, so that a fast step is seen.
const THINNEST: i64 = 6;

/// Where a step is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    /// Left edge.
    pub(super) x: i64,
    /// Width.
    pub(super) width: i64,
}

/// The drawing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Timeline {
    /// One for each step, `None` for those that never started.
    pub(super) bars: Vec<Option<Bar>>,
    /// Left edges of the stretches that were cut.
    pub(super) cuts: Vec<i64>,
}

/// Lays the steps out. A step that still runs ends `now`.
pub(super) fn lay_out(steps: &[StepView], now: Timestamp) -> Timeline {
    let spans: Vec<Option<(i64, i64)>> = steps
        .iter()
        .map(|step| {
            let start = step.started_at?.0;
            Some((start, step.ended_at.unwrap_or(now).0.max(start)))
        })
        .collect();
    let busy = merged(spans.iter().flatten().copied().collect());
    let work: i64 = busy.iter().map(|(start, end)| end - start).sum::<i64>().max(1);
    // Pieces of the axis: stretch of time, and the width it gets when it is cut.
    let mut pieces: Vec<(i64, i64, Option<i64>)> = Vec::new();
    for (index, (start, end)) in busy.iter().enumerate() {
        if let Some((_, before)) = index.checked_sub(1).and_then(|before| busy.get(before)) {
            let cut = (start - before > work / CUT_SHARE).then_some(CUT);
            pieces.push((*before, *start, cut));
        }
        pieces.push((*start, *end, None));
    }
    let cut_width: i64 = pieces.iter().filter_map(|piece| piece.2).sum();
    let scaled: i64 =
        pieces.iter().filter(|piece| piece.2.is_none()).map(|piece| piece.1 - piece.0).sum::<i64>().max(1);
    let room = (WIDTH - cut_width).max(THINNEST);
    let place = |at: i64| {
        let mut x = 0;
        for (start, end, cut) in &pieces {
            let width = cut.unwrap_or_else(|| (end - start) * room / scaled);
            if at < *end {
                return x + if cut.is_some() { 0 } else { (at - start).max(0) * room / scaled };
            }
            x += width;
        }
        x
    };
    let mut x = 0;
    let mut cuts = Vec::new();
    for (start, end, cut) in &pieces {
        if cut.is_some() {
            cuts.push(x);
        }
        x += cut.unwrap_or_else(|| (end - start) * room / scaled);
    }
    let bars = spans
        .into_iter()
        .map(|span| {
            let (start, end) = span?;
            let left = place(start).min(WIDTH - THINNEST);
            Some(Bar { x: left, width: (place(end) - left).clamp(THINNEST, WIDTH - left) })
        })
        .collect();
    Timeline { bars, cuts }
}

/// Overlapping stretches as one.
fn merged(mut spans: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    spans.sort_unstable();
    let mut out: Vec<(i64, i64)> = Vec::new();
    for (start, end) in spans {
        match out.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            Some(_) | None => out.push((start, end)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(started: Option<i64>, ended: Option<i64>) -> StepView {
        StepView {
            name: String::new(),
            skill: String::new(),
            version: None,
            digest: None,
            state: String::new(),
            reason: None,
            summary: None,
            attempts: 1,
            fuel: 0,
            wall_us: 0,
            money: 0,
            started_at: started.map(Timestamp),
            ended_at: ended.map(Timestamp),
            edited_by: None,
            output: String::new(),
            needs: vec![],
        }
    }

    #[test]
    fn work_is_to_scale_and_an_hour_of_waiting_is_cut() {
        let hour = 3_600_000;
        let steps = [
            step(Some(0), Some(100)),
            step(Some(100), Some(200)),
            step(None, None),
            step(Some(hour), Some(hour + 200)),
        ];
        let drawn = lay_out(&steps, Timestamp(hour + 300));
        assert_eq!(drawn.cuts.len(), 1);
        let bars: Vec<Bar> = drawn.bars.iter().flatten().copied().collect();
        assert_eq!(bars.len(), 3);
        assert_eq!(bars[0], Bar { x: 0, width: 240 });
        assert_eq!(bars[1], Bar { x: 240, width: 240 });
        assert_eq!(bars[2].x, 480 + CUT);
        assert_eq!(bars[2].x + bars[2].width, WIDTH);
    }

    #[test]
    fn instant_steps_and_running_ones_are_seen() {
        let drawn = lay_out(&[step(Some(5), Some(5)), step(Some(5), None)], Timestamp(10));
        for bar in drawn.bars.into_iter().flatten() {
            assert!(bar.width >= THINNEST && bar.x + bar.width <= WIDTH, "{bar:?}");
        }
        assert_eq!(lay_out(&[], Timestamp(0)).bars, []);
        assert_eq!(lay_out(&[step(Some(7), Some(7))], Timestamp(7)).bars.len(), 1);
    }
}
