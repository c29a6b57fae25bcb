//! Two short notes for something new, made on the spot. Browsers keep a page silent until somebody has pressed a key or a
//! button on it: `wake` belongs on the first such press.

use std::cell::RefCell;

use web_sys::{AudioContext, AudioContextState, OscillatorType};

/// Loudness at the start of a note, of 1.
const GAIN: f32 = 0.12;
/// Frequency in hertz and start in seconds of each note.
const NOTES: [(f32, f64); 2] = [(880.0, 0.0), (1174.7, 0.11)];
/// How long a note rings, in seconds.
const RING_S: f64 = 0.45;

thread_local! {
    static CONTEXT: RefCell<Option<AudioContext>> = const { RefCell::new(None) };
}

/// Gets the loudspeaker ready; allowed from a press on a key or a button.
pub fn wake() {
    CONTEXT.with(|slot| {
        let mut slot = slot.borrow_mut();
        if slot.is_none() {
            *slot = AudioContext::new().ok();
        }
        if let Some(context) = slot.as_ref()
            && context.state() == AudioContextState::Suspended
        {
            let _ = context.resume();
        }
    });
}

/// Whether the browser lets the loudspeaker sound.
pub fn is_ready() -> bool {
    CONTEXT.with(|slot| {
        slot.borrow().as_ref().is_some_and(|context| context.state() == AudioContextState::Running)
    })
}

/// Rings. Returns whether it could.
pub fn ring() -> bool {
    CONTEXT.with(|slot| slot.borrow().as_ref().is_some_and(|context| play(context).is_ok()))
}

fn play(context: &AudioContext) -> Result<(), wasm_bindgen::JsValue> {
    let begin = context.current_time();
    for (hertz, after) in NOTES {
        let (note, loud) = (context.create_oscillator()?, context.create_gain()?);
        note.set_type(OscillatorType::Sine);
        note.frequency().set_value(hertz);
        loud.gain().set_value_at_time(GAIN, begin + after)?;
        loud.gain().exponential_ramp_to_value_at_time(0.0001, begin + after + RING_S)?;
        note.connect_with_audio_node(&loud)?;
        loud.connect_with_audio_node(&context.destination())?;
        note.start_with_when(begin + after)?;
        note.stop_with_when(begin + after + RING_S)?;
    }
    Ok(())
}
