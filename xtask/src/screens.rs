//! `cargo xtask screens`: pictures of what people see, into `target/screens`, for looking at before calling a
//! screen done.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::app::App;
use crate::browser::{Browser, Screen};
use crate::demo::Demo;
use crate::scenes::{DENIED, On, SCENES, Scene, Stage};
use crate::{build_command, tools, workspace};

const USAGE: &str = "cargo xtask screens [--language TAG] [--scenes PREFIX] [--on SCREEN] [--conversations N] \
                     [--page URL --out NAME.png [--size WxH] [--dark]]";

/// Reads the arguments and takes the pictures.
pub fn run(args: &[String]) -> Result<()> {
    let mut page = None;
    let mut out = None;
    let (mut language, mut scenes, mut on) = ("en".to_owned(), String::new(), String::new());
    let mut conversations = CONVERSATIONS;
    let mut screen = Screen { width: 1440, height: 900, dark: false, phone: false };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} needs a value; usage: {USAGE}"));
        match arg.as_str() {
            "--page" => page = Some(value()?.clone()),
            "--out" => out = Some(value()?.clone()),
            "--size" => (screen.width, screen.height) = size(value()?)?,
            "--dark" => screen.dark = true,
            "--language" => language = value()?.clone(),
            "--on" => on = value()?.clone(),
            "--scenes" => scenes = value()?.clone(),
            "--conversations" => {
                conversations = value()?.parse().context("--conversations takes a number")?
            }
            other => bail!("screens does not know `{other}`; usage: {USAGE}"),
        }
    }
    tools::ensure_browser()?;
    tools::ensure_fonts(&language)?;
    match (page, out) {
        (Some(page), Some(out)) => one_page(&page, &out, screen, &language),
        (None, None) => every_scene(&language, &scenes, &on, conversations),
        _ => bail!("usage: {USAGE}"),
    }
}

/// The screens that every scene is shown on.
const SCREENS: [(&str, u32, u32); 5] = [
    ("phone", 390, 844),
    ("small", 320, 640),
    ("tablet", 768, 1024),
    ("laptop", 1440, 900),
    ("wide", 1920, 1080),
];
/// How many conversations the lists show, unless it is said: enough to fill a laptop's screen.
const CONVERSATIONS: u32 = 14;
/// What an agent has who is not in the picture.
const ELSEWHERE: Screen = Screen { width: 1440, height: 900, dark: false, phone: false };

/// Takes every scene on every screen, light and dark, each time with a demo and browsers of its own: nobody is signed
/// in, nothing is remembered. A scene that cannot be reached is named at the end, and the others are taken all the
/// same. Those whose name does not begin with `prefix` are gone through without a picture; with `on`, one screen only.
fn every_scene(language: &str, prefix: &str, on: &str, conversations: u32) -> Result<()> {
    for (index, app) in App::ALL.into_iter().enumerate() {
        build_command::build(app, index + 1, App::ALL.len())?;
    }
    let mut missed = Vec::new();
    for (name, width, height) in SCREENS.into_iter().filter(|(name, ..)| name.starts_with(on)) {
        for (theme, dark) in [("light", false), ("dark", true)] {
            let screen = Screen { width, height, dark, phone: width < PHONE_WIDTH_MAX };
            let round = Round { kind: format!("{name}-{theme}-{language}"), screen, prefix, conversations };
            round.play(language, &mut missed)?;
        }
    }
    if !missed.is_empty() {
        bail!("some pictures could not be taken:\n{}", missed.join("\n"));
    }
    Ok(())
}

/// All scenes on one screen.
struct Round<'a> {
    /// Ends the names of the pictures.
    kind: String,
    screen: Screen,
    prefix: &'a str,
    /// How many there are before anybody does anything.
    conversations: u32,
}

impl Round<'_> {
    fn play(&self, language: &str, missed: &mut Vec<String>) -> Result<()> {
        let props = folder().join("props");
        std::fs::create_dir_all(&props).context("making a folder for files to send")?;
        let mut stage = Stage {
            demo: Demo::start(self.conversations)?,
            visitor: Browser::start(language)?,
            agent: Browser::start(language)?,
            props,
            language: language.to_owned(),
        };
        stage.visitor.put_on(self.screen)?;
        stage.agent.put_on(ELSEWHERE)?;
        // After the last scene that anybody wants nothing is worth the time.
        let last = SCENES.iter().rposition(|scene| self.wants(scene)).map_or(0, |at| at + 1);
        for scene in &SCENES[..last] {
            if scene.name == "desk-login" {
                stage.agent = Browser::start(language)?;
                stage.agent.put_on(self.screen)?;
            }
            self.take(scene, &mut stage, missed)?;
        }
        if self.wants(&DENIED) {
            stage.visitor = Browser::start_denying(language)?;
            stage.visitor.put_on(self.screen)?;
            self.take(&DENIED, &mut stage, missed)?;
        }
        Ok(())
    }

    fn wants(&self, scene: &Scene) -> bool {
        scene.name.starts_with(self.prefix)
    }

    fn take(&self, scene: &Scene, stage: &mut Stage, missed: &mut Vec<String>) -> Result<()> {
        let file = format!("{}-{}.png", scene.name, self.kind);
        let taken = (scene.lead)(stage);
        let browser = if scene.on == On::Visitor { &stage.visitor } else { &stage.agent };
        if let Err(error) = &taken {
            missed.push(format!("{file}: {error:#}"));
        }
        // Where it went wrong is worth a picture, too.
        if self.wants(scene) || taken.is_err() {
            browser.screenshot(&folder().join(&file))?;
            println!("{}", folder().join(&file).display());
        }
        Ok(())
    }
}

fn one_page(url: &str, out: &str, mut screen: Screen, language: &str) -> Result<()> {
    screen.phone = screen.width < PHONE_WIDTH_MAX;
    let path = folder().join(out);
    let browser = Browser::start(language)?;
    browser.put_on(screen)?;
    browser.open(url)?;
    browser.screenshot(&path)?;
    println!("{}", path.display());
    Ok(())
}

/// Narrower screens are taken for phones.
const PHONE_WIDTH_MAX: u32 = 600;

fn folder() -> PathBuf {
    workspace::target().join("screens")
}

fn size(text: &str) -> Result<(u32, u32)> {
    let parsed = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    parsed.with_context(|| format!("`{text}` is no size; say 390x844"))
}
