//! F25: real browsers with the real widget, and everything that happens to browsers.

use std::time::Duration;

use super::{Fault, Running};
use crate::bench::browser::scene::Scene;
use crate::bench::browser::troubles::{Struck, Trouble, deck, strike, wiped};
use crate::bench::dice::Dice;
use crate::bench::plan::{Plan, Size};

pub const FAULT: Fault = Fault {
    id: "F25",
    name: "browsers",
    means: "Headless Chromiums with the widget on another site's page, by keys and pointer only: offline and back, tabs \
        closed in the middle of sending, renderers and whole browsers killed, pages reloaded, frozen, left and come \
        back to, two tabs by turns, the server killed meanwhile. After each, within a minute, every tab shows \
        everything as sent and the same rows.",
    needs: &["chromium", "chromedriver"],
    rounds: 30,
    share: 1.5,
    size: Size { visitors: 2, agents: 0, messages_per_second: 0, in_flight_max: 0, strangers: 0 },
    run,
};

fn run(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let people = if plan.is_short() { 1 } else { 2 };
        let mut scene = Scene::open(plan, people).await?;
        let deck = deck(&mut Dice::of(plan.seed, "troubles"), plan.rounds_max);
        let (rounds, mut done, mut struck) = (plan.rounds(), 0, Struck::default());
        // The short form has all of its rounds, however slow the machine is: each is another trouble.
        while done < plan.rounds_max && (done == 0 || plan.is_short() || !rounds.left().is_zero()) {
            let trouble = deck[done];
            strike(&mut scene, trouble, done % people, &mut struck).await?;
            done += 1;
            if !scene.recovers(trouble.name()).await? {
                break;
            }
        }
        let Struck { alive, loaded, renderers, waiting } = struck;
        let notes = format!(
            "{waiting} waiting when it was looked, {renderers} renderers killed, {} left pages come back to ({alive} of \
             them still alive)",
            alive + loaded
        );
        let mut report = scene.finish(done, notes).await?;
        let killed = deck[..done].contains(&Trouble::RenderersKilled);
        report.demand(!killed || renderers > 0, || "no process that draws pages was found".to_owned());
        Ok(report)
    })
}

/// The same with somebody whose storage is wiped while messages wait there: the checker has to find what is missing.
/// A broken double for the tests.
pub fn with_wiped_storage(plan: &Plan) -> Running<'_> {
    Box::pin(async {
        let mut scene = Scene::open(plan, 1).await?;
        // It will not come, and does not have to be waited for as long as one that may.
        scene.rest_max = Duration::from_secs(3);
        scene.says(0, 0, 2).await?;
        scene.recovers("nothing at all").await?;
        wiped(&mut scene, 0).await?;
        scene.finish(1, "storage wiped under what waited".to_owned()).await
    })
}
