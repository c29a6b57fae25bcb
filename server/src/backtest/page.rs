//! Results as text.

use std::fmt::Write as _;

use super::replay::METHODS;
use super::tally::Tally;
use crate::desk::waits::score::Score;

/// In a page, what stands between these lines is written anew.
pub const RESULTS_BEGIN: &str = "<!-- results: written by `deskbell waits backtest --write` -->";
/// See `RESULTS_BEGIN`.
pub const RESULTS_END: &str = "<!-- end of results -->";

fn cells(score: &Score) -> String {
    format!(
        "{:>5.1} % | {:>5.1} % | {:>6.0} | {:>6.1}",
        100.0 * score.coverage(),
        100.0 * score.early(),
        score.width(),
        score.pinball()
    )
}

/// For a terminal: everything, by method and by hour.
pub fn terminal(tallies: &[Tally]) -> String {
    let mut text = String::new();
    for tally in tallies {
        let [own, ..] = &tally.all;
        let _ = writeln!(
            text,
            "{}: {} waits, {} given up, {} while nobody served; shown: {:.1} % of them, {:.1} % inside; later: {} shown, {:.1} % inside",
            tally.name,
            own.count,
            own.given_up,
            tally.unpredicted,
            100.0 * tally.shown.count as f64 / (own.count + tally.after_change[0].count).max(1) as f64,
            100.0 * tally.shown.coverage(),
            tally.later.count,
            100.0 * tally.later.coverage(),
        );
        let _ = writeln!(text, "  {:<16} |  hour |  waits | inside  | before  | width  | pinball", "");
        for (method, name) in METHODS.iter().enumerate() {
            let mut line = |hour: &str, score: &Score| {
                let _ = writeln!(text, "  {name:<16} | {hour:>5} | {:>6} | {}", score.count, cells(score));
            };
            line("all", &tally.all[method]);
            for (hour, scores) in &tally.by_hour {
                line(&hour.to_string(), &scores[method]);
            }
            if tally.after_change[method].count > 0 {
                line("after", &tally.after_change[method]);
            }
        }
    }
    text
}

/// The page with new results in place of those before.
pub fn with_results(page: &str, run: &str, tallies: &[Tally]) -> Option<String> {
    let (before, rest) = page.split_once(RESULTS_BEGIN)?;
    let (_, after) = rest.split_once(RESULTS_END)?;
    Some(format!("{before}{RESULTS_BEGIN}\n\n{run}\n\n{}\n{RESULTS_END}{after}", tables(tallies)))
}

fn tables(tallies: &[Tally]) -> String {
    let mut text = String::from(
        "| days | waits | given up | method | inside | before | mean width, s | pinball loss, s |\n\
         |---|---:|---:|---|---:|---:|---:|---:|\n",
    );
    for tally in tallies {
        for (score, method) in tally.all.iter().zip(METHODS) {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {method} | {} |",
                tally.name,
                score.count,
                score.given_up,
                cells(score).replace("  ", " ").trim()
            );
        }
    }
    text.push_str(
        "\nThe desk's own intervals by hour of the day: share inside, and mean width in seconds.\n\n",
    );
    for tally in tallies {
        let hours: Vec<String> = tally.by_hour.keys().map(|hour| format!("{hour} h")).collect();
        let _ = writeln!(text, "| {} | {} | after a change |", tally.name, hours.join(" | "));
        let _ = writeln!(text, "|---|{}---:|", "---:|".repeat(hours.len()));
        let row = |what: &str, cell: fn(&Score) -> String| {
            let cells: Vec<String> = tally.by_hour.values().map(|scores| cell(&scores[0])).collect();
            let after = match tally.after_change[0].count {
                0 => String::new(),
                _ => cell(&tally.after_change[0]),
            };
            format!("| {what} | {} | {after} |\n", cells.join(" | "))
        };
        text.push_str(&row("waits", |score| score.count.to_string()));
        text.push_str(&row("inside", |score| format!("{:.1} %", 100.0 * score.coverage())));
        text.push_str(&row("width", |score| format!("{:.0}", score.width())));
        text.push_str(&row("pinball", |score| format!("{:.1}", score.pinball())));
        text.push('\n');
    }
    text
}
