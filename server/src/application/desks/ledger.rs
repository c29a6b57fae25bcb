//! Whether what was said about waits came true: the ledger of promises, summed up for supervisors.

use std::collections::BTreeMap;
use std::time::Duration;

use deskbell_shared::model::{InboxId, UnixMillis};
use deskbell_shared::protocol::api::{WaitsHour, WaitsScore, WaitsView};

use super::board::median;
use super::deeds;
use crate::application::Application;
use crate::application::accounts::Signed;
use crate::application::denial::Denial;
use crate::desk::waits::score::{Ended, Score, Staying};
use crate::desk::waits::{Kind, Promised};

/// How far back is looked.
const LOOKED_BACK: Duration = Duration::from_secs(24 * 3600);
const HOUR_MS: i64 = 3_600_000;

impl Application {
    /// What became of promises in an inbox over the last day. Refused: `not_found`, also for who may not see it.
    pub async fn waits(&self, who: Signed, inbox: InboxId) -> Result<WaitsView, Denial> {
        self.in_sight(who, inbox).await?;
        let kept = self.store.kept_promises(inbox, self.now().minus(LOOKED_BACK)).await?;
        Ok(view(inbox, kept.into_iter().filter_map(deeds::ended)))
    }
}

/// The first interval of each wait is what is judged: those that follow are about the same wait.
fn view(inbox: InboxId, kept: impl Iterator<Item = Promised>) -> WaitsView {
    let first: Vec<Promised> = kept.filter(|promised| promised.kind == Kind::Joined).collect();
    let ended = |promised: &Promised| Ended { after: promised.lasted, is_given_up: promised.is_given_up };
    let staying = Staying::of(first.iter().map(ended));
    let (mut all, mut hours) = (Score::default(), BTreeMap::<i64, Score>::new());
    for promised in &first {
        let weight = staying.weight(ended(promised));
        let hour = hours.entry(promised.made_at.0.div_euclid(HOUR_MS)).or_default();
        for score in [&mut all, hour] {
            score.add(promised.low, promised.high, ended(promised), weight);
        }
    }
    let made_in = |promised: &Promised| promised.made_at.0.div_euclid(HOUR_MS);
    let hours = hours.into_iter().rev().map(|(hour, score)| {
        let score = shown(&score, first.iter().filter(|promised| made_in(promised) == hour));
        WaitsHour { from: UnixMillis(hour * HOUR_MS), score }
    });
    WaitsView { inbox, hours: hours.collect(), all: shown(&all, first.iter()) }
}

fn shown<'a>(score: &Score, promised: impl Iterator<Item = &'a Promised>) -> WaitsScore {
    let per_mille = |share: f64| (share * 1000.0).round() as u32;
    WaitsScore {
        count: u32::try_from(score.count).unwrap_or(u32::MAX),
        given_up: u32::try_from(score.given_up).unwrap_or(u32::MAX),
        inside_per_mille: per_mille(score.coverage()),
        earlier_per_mille: per_mille(score.early()),
        width_ms: (score.width() * 1000.0) as u64,
        width_median_ms: median(
            promised.map(|promised| promised.high.saturating_sub(promised.low)).collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_stand_apart_and_only_first_intervals_count() {
        let promised = |hour: i64, kind, lasted, is_given_up| Promised {
            kind,
            made_at: UnixMillis(hour * HOUR_MS + 5),
            place: 1,
            low: Duration::from_secs(60),
            high: Duration::from_secs(300),
            lasted: Duration::from_secs(lasted),
            is_given_up,
        };
        let kept = [
            promised(7, Kind::Joined, 30, false),
            promised(7, Kind::Joined, 100, false),
            promised(7, Kind::Moved, 900, false),
            promised(9, Kind::Joined, 200, true),
            promised(9, Kind::Joined, 250, false),
        ];
        let view = view(InboxId(1), kept.into_iter());
        let hours: Vec<_> =
            view.hours.iter().map(|hour| (hour.from.0 / HOUR_MS, hour.score.clone())).collect();
        let score = |count, given_up, inside_per_mille, earlier_per_mille| WaitsScore {
            count,
            given_up,
            inside_per_mille,
            earlier_per_mille,
            width_ms: 240_000,
            width_median_ms: Some(240_000),
        };
        assert_eq!(hours, [(9, score(2, 1, 1000, 0)), (7, score(2, 0, 500, 500))]);
        // The last one stands for the one that was given up before it, too.
        assert_eq!(view.all, score(4, 1, 750, 250));
    }
}
