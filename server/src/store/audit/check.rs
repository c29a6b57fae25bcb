//! Places in the trail, and the judge of whether all of it fits: by its own hashes, by the row that tells of a cut, and
//! by places that are known from elsewhere.

use std::fmt;

use super::{AuditRow, Hash, What};

/// A place in the trail and the hash there. Before the first row it is 0 and zeros.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The number of the row.
    pub number: u64,
    /// Its hash.
    pub hash: Hash,
}

/// `NUMBER:HASH`, as people keep it.
impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.number)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Head {
    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Option<Head> {
        let (number, digits) = text.split_once(':')?;
        if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut hash = Hash::default();
        for (at, byte) in hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).ok()?;
        }
        Some(Head { number: number.parse().ok()?, hash })
    }
}

/// A trail in which everything fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Rows that are there.
    pub rows: u64,
    /// The last row that was cut off.
    pub anchor: Head,
    /// The newest row.
    pub head: Head,
}

/// The first thing that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The number of the row.
    pub number: u64,
    /// What is wrong there.
    pub why: String,
}

impl Flaw {
    /// At a row.
    pub fn at(number: u64, why: impl Into<String>) -> Flaw {
        Flaw { number, why: why.into() }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} of the audit trail: {}", self.number, self.why)
    }
}

/// A place that is known from elsewhere, and from where.
pub type Known = (Head, &'static str);

/// Looks through a trail row by row.
pub struct Check {
    anchor: Head,
    last: Head,
    /// What the newest row about a cut says of it.
    cut: Option<String>,
    known: Vec<Known>,
}

impl Check {
    /// From the last row that was cut off.
    pub fn begin(anchor: Head, known: Vec<Known>) -> Result<Check, Flaw> {
        for (head, whence) in &known {
            if head.number < anchor.number {
                let why = format!("cut off meanwhile, so that {whence} cannot be compared");
                return Err(Flaw::at(head.number, why));
            }
        }
        let check = Check { anchor, last: anchor, cut: None, known };
        check.compare(anchor)?;
        Ok(check)
    }

    /// The next row in order.
    pub fn row(&mut self, row: &AuditRow) -> Result<(), Flaw> {
        let number = self.last.number + 1;
        if row.number != number {
            return Err(Flaw::at(number, "it is missing"));
        }
        if row.hash != row.hash_after(&self.last.hash) {
            return Err(Flaw::at(number, "it, or one before it, is not as it was written"));
        }
        if row.what == What::TrailBroken.text() {
            return Err(Flaw::at(
                number,
                format!("here the server found the trail changed ({})", row.detail),
            ));
        }
        if row.what == What::TrailCut.text() {
            self.cut = Some(row.detail.clone());
        }
        self.last = row.head();
        self.compare(self.last)
    }

    fn compare(&self, here: Head) -> Result<(), Flaw> {
        for (head, whence) in &self.known {
            if head.number == here.number && head.hash != here.hash {
                return Err(Flaw::at(here.number, format!("{whence} knows another one in its place")));
            }
        }
        Ok(())
    }

    /// After the last row.
    pub fn end(self) -> Result<Checked, Flaw> {
        for (head, whence) in &self.known {
            if head.number > self.last.number {
                let why = format!("it is missing: {whence} knows of {}", head.number);
                return Err(Flaw::at(self.last.number + 1, why));
            }
        }
        let told = self.cut.unwrap_or_else(|| Head::default().to_string());
        if told != self.anchor.to_string() {
            let why = "no row tells that the ones before it were cut off";
            return Err(Flaw::at(self.anchor.number + 1, why));
        }
        let rows = self.last.number - self.anchor.number;
        Ok(Checked { rows, anchor: self.anchor, head: self.last })
    }
}

#[cfg(test)]
mod tests {
    use deskbell_shared::model::{AgentId, UnixMillis};

    use super::super::{Actor, Deed, Target};
    use super::*;

    fn deed(what: What, detail: &str) -> Deed {
        let (actor, target) = (Actor::Agent(AgentId(1)), Target::Nothing);
        Deed { at: UnixMillis(7), actor, what, target, from: None, detail: detail.into() }
    }

    fn chain(deeds: &[Deed]) -> Vec<AuditRow> {
        let mut last = Head::default();
        let next = |deed: &Deed| {
            let row = AuditRow::after(last, deed);
            last = row.head();
            row
        };
        deeds.iter().map(next).collect()
    }

    fn checked(anchor: Head, rows: &[AuditRow], known: Vec<Known>) -> Result<Checked, Flaw> {
        let mut check = Check::begin(anchor, known)?;
        rows.iter().try_for_each(|row| check.row(row))?;
        check.end()
    }

    #[test]
    fn every_part_of_a_row_is_in_its_hash() {
        let [row] = &chain(&[deed(What::Invited, "agent")])[..] else { panic!("one row") };
        let before = Hash::default();
        let changes: [fn(&mut AuditRow); 9] = [
            |row| row.number += 1,
            |row| row.at = UnixMillis(8),
            |row| row.actor = "nobody".into(),
            |row| row.actor_id = None,
            |row| row.what = "joined".into(),
            |row| row.target = "agent".into(),
            |row| row.target_id = Some([0; 16]),
            |row| row.network = "203.0.113.0/24".into(),
            |row| row.detail = "owner".into(),
        ];
        for (at, change) in changes.iter().enumerate() {
            let mut changed = row.clone();
            change(&mut changed);
            assert_ne!(changed.hash_after(&before), row.hash, "the change {at} is not in the hash");
        }
        assert_ne!(row.hash_after(&[1; 32]), row.hash);
        // What moves from one text to the next is another row.
        let split = AuditRow { network: "a".into(), detail: "gent".into(), ..row.clone() };
        assert_ne!(split.hash_after(&before), row.hash);
    }

    #[test]
    fn a_cut_needs_the_row_that_tells_of_it() {
        let rows = chain(&[deed(What::Invited, ""), deed(What::Joined, "")]);
        let anchor = rows[0].head();
        let why = checked(anchor, &rows[1..], vec![]).unwrap_err();
        assert_eq!(why.number, 2);
        let told = AuditRow::after(rows[1].head(), &deed(What::TrailCut, &anchor.to_string()));
        let rest = [rows[1].clone(), told];
        assert_eq!(checked(anchor, &rest, vec![]).unwrap().rows, 2);
        assert_eq!(checked(rows[1].head(), &rest[1..], vec![]).unwrap_err().number, 3, "cut further by hand");
    }

    #[test]
    fn what_is_known_from_elsewhere_is_compared() {
        let rows = chain(&[deed(What::Invited, ""), deed(What::Joined, "")]);
        let known = |head| vec![(head, "a note")];
        let begin = Head::default();
        assert!(checked(begin, &rows, known(rows[0].head())).is_ok());
        assert_eq!(checked(begin, &rows[..1], known(rows[1].head())).unwrap_err().number, 2);
        let other = Head { number: 1, hash: [9; 32] };
        assert_eq!(checked(begin, &rows, known(other)).unwrap_err().number, 1);
        assert_eq!(checked(rows[1].head(), &[], known(rows[0].head())).unwrap_err().number, 1);
    }

    #[test]
    fn a_head_is_read_as_it_was_written() {
        let head = Head { number: 12, hash: [0xab; 32] };
        assert_eq!(Head::parse(&head.to_string()), Some(head));
        for wrong in
            ["", "12", "12:", "x:00", &format!("1:{}", "g".repeat(64)), &format!("1:{}", "0".repeat(63))]
        {
            assert_eq!(Head::parse(wrong), None, "{wrong}");
        }
    }
}
