//! The contiguous run of rows that a reader has of one conversation. It never contains a hole: what lies beyond one
//! waits aside, bounded, until the hole is filled.

use crate::model::id::Seq;
use crate::model::message::Entry;
use crate::protocol::limits::BUFFERED_ROWS_MAX;

/// Rows in order without a gap, and rows past a gap.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    rows: Vec<Entry>,
    /// Sorted, without duplicates, all of them past `last().next()`.
    ahead: Vec<Entry>,
}

impl Run {
    pub fn rows(&self) -> &[Entry] {
        &self.rows
    }

    /// The first row, or 0.
    pub fn first(&self) -> Seq {
        self.rows.first().map_or(Seq(0), |row| row.seq)
    }

    /// The last row that can be shown, or 0.
    pub fn last(&self) -> Seq {
        self.rows.last().map_or(Seq(0), |row| row.seq)
    }

    /// Takes a row that came by itself. `last + 1` is applied (and what waited behind it), what is known is dropped,
    /// what lies further is put aside while there is room. With no rows at all, only row 1 is known to be the next.
    pub fn push(&mut self, row: Entry) {
        let last = self.last();
        if row.seq == last.next() {
            self.rows.push(row);
            self.catch_up();
        } else if row.seq > last
            && let Err(at) = self.ahead.binary_search_by(|known| known.seq.cmp(&row.seq))
            && self.ahead.len() < BUFFERED_ROWS_MAX
        {
            self.ahead.insert(at, row);
        }
    }

    /// Takes a page. Says whether it was dense and had anything new.
    pub fn page(&mut self, rows: Vec<Entry>) -> bool {
        if rows.windows(2).any(|pair| pair[1].seq != pair[0].seq.next()) {
            return false;
        }
        let (Some(from), Some(to)) = (rows.first().map(|row| row.seq), rows.last().map(|row| row.seq)) else {
            return false;
        };
        let (first, last) = (self.first(), self.last());
        if self.rows.is_empty() || from > last.next() {
            // After a long absence: the newest rows. Those before them are read when somebody scrolls there.
            self.rows = rows;
        } else if to.next() < first {
            // Rows of a run that was replaced meanwhile: there would be a hole between them and ours.
            return false;
        } else {
            let news = from < first || to > last;
            let mut older: Vec<Entry> = Vec::new();
            for row in rows {
                if row.seq < first {
                    older.push(row);
                } else if row.seq > last {
                    self.rows.push(row);
                }
            }
            older.append(&mut self.rows);
            self.rows = older;
            if !news {
                return false;
            }
        }
        self.catch_up();
        true
    }

    /// Keeps only the last rows.
    pub fn keep_last(&mut self, rows_max: usize) {
        let over = self.rows.len().saturating_sub(rows_max);
        self.rows.drain(..over);
    }

    /// The furthest row seen, shown or not.
    pub fn furthest(&self) -> Seq {
        self.ahead.last().map_or(self.last(), |row| row.seq)
    }

    fn catch_up(&mut self) {
        let ahead = core::mem::take(&mut self.ahead);
        for row in ahead {
            let last = self.last();
            if row.seq == last.next() {
                self.rows.push(row);
            } else if row.seq > last {
                self.ahead.push(row);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Author, Cmid, EntryBody, UnixMillis};

    fn row(seq: u64) -> Entry {
        let body = EntryBody::message(Cmid(u128::from(seq)), "");
        Entry { seq: Seq(seq), at: UnixMillis(0), author: Author::Visitor {}, body }
    }

    fn seqs(run: &Run) -> Vec<u64> {
        run.rows().iter().map(|row| row.seq.0).collect()
    }

    fn rows(seqs: core::ops::RangeInclusive<u64>) -> Vec<Entry> {
        seqs.map(row).collect()
    }

    #[test]
    fn nothing_is_shown_past_a_hole() {
        let mut run = Run::default();
        run.push(row(1));
        run.push(row(3));
        run.push(row(4));
        run.push(row(3));
        assert_eq!(seqs(&run), [1]);
        assert_eq!(run.furthest(), Seq(4));
        run.push(row(2));
        run.push(row(1));
        assert_eq!(seqs(&run), [1, 2, 3, 4]);
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut run = Run::default();
        for seq in 2..1_000 {
            run.push(row(seq));
        }
        assert_eq!(run.ahead.len(), BUFFERED_ROWS_MAX);
        run.push(row(1));
        assert_eq!(run.last(), Seq(1 + BUFFERED_ROWS_MAX as u64));
    }

    #[test]
    fn pages_extend_at_both_ends_or_replace() {
        let mut run = Run::default();
        assert!(run.page(rows(10..=12)));
        assert!(run.page(rows(8..=9)));
        assert!(run.page(rows(11..=14)));
        assert_eq!(seqs(&run), (8..=14).collect::<Vec<_>>());
        assert!(!run.page(rows(9..=10)), "nothing new");
        assert!(!run.page(rows(1..=6)), "a hole before the run");
        assert!(!run.page(vec![row(15), row(17)]), "not dense");
        assert_eq!(seqs(&run), (8..=14).collect::<Vec<_>>());
        run.push(row(31));
        assert!(run.page(rows(20..=30)), "a long absence");
        assert_eq!(seqs(&run), (20..=31).collect::<Vec<_>>());
    }
}
