//! Real browsers with the real widget: their short form holds, and a browser that forgets what waits is caught.

#![cfg(target_os = "linux")]
