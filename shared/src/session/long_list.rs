//! A long list of conversations that keeps its order. Handing it on costs nothing and changing it little, however long it is:
//! it lies in pieces, and a changed list shares every piece with the one before but those that differ. So what has changed
//! between two of them is found without looking at the rest. It does not know what its numbers mean.

use std::ops::Range;
use std::rc::Rc;

use crate::model::conversation::Summary;
use crate::model::id::ConversationId;

/// Rows of one piece before it is halved. A change copies one piece and the list of them: with a hundred thousand rows both
/// are some hundreds long.
const PIECE_ROWS_MAX: usize = 256;

/// A row with what it is ordered by.
#[derive(Clone, Debug)]
struct Placed {
    number: u128,
    row: Rc<Summary>,
}

impl Placed {
    fn key(&self) -> (u128, u128) {
        (self.number, self.row.conversation.id.0)
    }
}

/// No piece is empty.
type Pieces = Vec<Rc<Vec<Placed>>>;

/// A row as it was and as it is; none: not in the list.
pub type RowChange = (Option<Rc<Summary>>, Option<Rc<Summary>>);

/// Rows by a number, and by their id where it is the same.
#[derive(Clone, Debug, Default)]
pub struct LongList {
    pieces: Rc<Pieces>,
    len: usize,
}

/// The same only where nothing has been changed: compared by the place in memory.
impl PartialEq for LongList {
    fn eq(&self, other: &LongList) -> bool {
        Rc::ptr_eq(&self.pieces, &other.pieces) || (self.len == 0 && other.len == 0)
    }
}

/// Rows of a long list, in its order.
pub struct Rows<'a> {
    pieces: &'a [Rc<Vec<Placed>>],
    piece: usize,
    place: usize,
    left: usize,
}

impl<'a> Iterator for Rows<'a> {
    type Item = &'a Rc<Summary>;

    // Once in the code, however many go through a list.
    #[inline(never)]
    fn next(&mut self) -> Option<&'a Rc<Summary>> {
        self.left = self.left.checked_sub(1)?;
        if self.pieces.get(self.piece)?.len() == self.place {
            (self.piece, self.place) = (self.piece + 1, 0);
        }
        let placed = self.pieces.get(self.piece)?.get(self.place)?;
        work(1);
        self.place += 1;
        Some(&placed.row)
    }
}

/// A signed number, as one that orders alike.
pub fn signed(number: i64) -> u128 {
    u128::from(number as u64 ^ (1 << 63))
}

impl LongList {
    /// How many rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts a row to its place; one with the same number and id goes.
    pub fn put(&mut self, number: u128, row: Rc<Summary>) {
        let placed = Placed { number, row };
        let key = placed.key();
        let pieces = Rc::make_mut(&mut self.pieces);
        work(pieces.len());
        // Behind the last one it belongs to the last one.
        let at = piece_of(pieces, key).min(pieces.len().saturating_sub(1));
        let Some(piece) = pieces.get_mut(at) else {
            pieces.push(Rc::new(vec![placed]));
            self.len = 1;
            return;
        };
        let piece = Rc::make_mut(piece);
        work(piece.len());
        match piece.binary_search_by(|other| other.key().cmp(&key)) {
            Ok(place) => piece[place] = placed,
            Err(place) => {
                piece.insert(place, placed);
                self.len += 1;
            }
        }
        if piece.len() > PIECE_ROWS_MAX {
            // Rows that come in order fill their pieces: the last one is not halved but begun anew.
            let half = if piece.last().is_some_and(|last| last.key() == key) {
                PIECE_ROWS_MAX
            } else {
                PIECE_ROWS_MAX / 2
            };
            let rest = piece.split_off(half);
            pieces.insert(at + 1, Rc::new(rest));
        }
    }

    /// Takes a row out.
    pub fn take(&mut self, number: u128, id: ConversationId) -> Option<Rc<Summary>> {
        let (piece, place) = self.find(number, id)?;
        let pieces = Rc::make_mut(&mut self.pieces);
        work(pieces.len() + pieces[piece].len());
        let taken = Rc::make_mut(&mut pieces[piece]).remove(place).row;
        if pieces[piece].is_empty() {
            pieces.remove(piece);
        }
        self.len -= 1;
        Some(taken)
    }

    /// The row with a number and an id.
    pub fn get(&self, number: u128, id: ConversationId) -> Option<&Rc<Summary>> {
        self.find(number, id).map(|(piece, place)| &self.pieces[piece][place].row)
    }

    /// How many rows are before that with a number and an id, if it is there.
    pub fn place(&self, number: u128, id: ConversationId) -> Option<usize> {
        let (piece, place) = self.find(number, id)?;
        work(piece);
        Some(self.pieces[..piece].iter().map(|piece| piece.len()).sum::<usize>() + place)
    }

    /// The rows at some places.
    pub fn range(&self, range: Range<usize>) -> Rows<'_> {
        let (mut piece, mut place) = (0, range.start.min(self.len));
        while self.pieces.get(piece).is_some_and(|rows| rows.len() <= place) {
            place -= self.pieces[piece].len();
            piece += 1;
        }
        work(piece);
        Rows { pieces: &self.pieces, piece, place, left: range.len() }
    }

    /// All rows in order. For what is asked seldom: it looks at each.
    pub fn iter(&self) -> Rows<'_> {
        self.range(0..self.len)
    }

    /// The rows with a number.
    pub fn of(&self, number: u128) -> Vec<Rc<Summary>> {
        let mut rows = Vec::new();
        for piece in &self.pieces[piece_of(&self.pieces, (number, 0))..] {
            let before = piece.partition_point(|placed| placed.number < number);
            for placed in &piece[before..] {
                if placed.number != number {
                    return rows;
                }
                rows.push(Rc::clone(&placed.row));
            }
        }
        rows
    }

    /// What is different in a newer list of the same rows: those that came, went, moved or are other ones now.
    pub fn changes(&self, newer: &LongList) -> Vec<RowChange> {
        let (old, new) = (&self.pieces, &newer.pieces);
        let mut changes: Vec<RowChange> = Vec::new();
        let ((mut i, mut j), (mut a, mut b)) = ((0, 0), (0, 0));
        loop {
            match (old.get(i), new.get(j)) {
                (None, None) => return changes,
                (Some(one), _) if a == one.len() => (i, a) = (i + 1, 0),
                (_, Some(other)) if b == other.len() => (j, b) = (j + 1, 0),
                (Some(one), Some(other)) if a == 0 && b == 0 && Rc::ptr_eq(one, other) => {
                    work(1);
                    (i, j) = (i + 1, j + 1);
                }
                (one, other) => {
                    work(1);
                    let (one, other) = (one.map(|one| &one[a]), other.map(|other| &other[b]));
                    let goes = one.filter(|one| other.is_none_or(|other| one.key() <= other.key()));
                    let comes = other.filter(|other| one.is_none_or(|one| other.key() <= one.key()));
                    a += usize::from(goes.is_some());
                    b += usize::from(comes.is_some());
                    if !matches!((goes, comes), (Some(one), Some(other)) if Rc::ptr_eq(&one.row, &other.row))
                    {
                        let row = |placed: &Placed| Rc::clone(&placed.row);
                        changes.push((goes.map(row), comes.map(row)));
                    }
                }
            }
        }
    }

    fn find(&self, number: u128, id: ConversationId) -> Option<(usize, usize)> {
        let key = (number, id.0);
        let piece = piece_of(&self.pieces, key);
        let place = self.pieces.get(piece)?.binary_search_by(|other| other.key().cmp(&key)).ok()?;
        Some((piece, place))
    }
}

/// The first piece that ends with this key or behind it.
fn piece_of(pieces: &Pieces, key: (u128, u128)) -> usize {
    pieces.partition_point(|piece| piece.last().is_some_and(|last| last.key() < key))
}

/// Says that so many rows or pieces were looked at or copied, to the tests that count it.
#[inline]
fn work(_steps: usize) {
    #[cfg(debug_assertions)]
    WORK.set(WORK.get() + _steps as u64);
}

#[cfg(debug_assertions)]
thread_local! {
    static WORK: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// How many rows and pieces of all long lists were looked at or copied on this thread since it was asked last.
#[cfg(debug_assertions)]
pub fn work_done() -> u64 {
    WORK.replace(0)
}
