//! Pictures of agents: what was uploaded is decoded within limits, cut square, and written anew as a small PNG, so
//! that no byte of the upload is ever served. Works on a blocking thread, one at a time.

use std::io::Cursor;
use std::sync::Arc;

use deskbell_shared::protocol::RefusalCode;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::denial::Denial;

/// The largest upload in bytes.
pub const UPLOAD_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The largest picture in pixels.
pub const PIXELS_MAX: u64 = 50_000_000;
/// The longest side in pixels.
pub const SIDE_MAX: u32 = 16_384;
/// What decoding may allocate.
pub const DECODE_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// The largest result.
pub const PNG_BYTES_MAX: usize = 64 * 1024;
/// The longest side of a picture that is sent; larger ones are made smaller.
pub const SENT_SIDE_MAX: u32 = 4_096;
/// A PNG larger than this is sent as a JPEG.
pub const SENT_PNG_BYTES_MAX: usize = 6 * 1024 * 1024;
/// How good.
const SENT_JPEG_QUALITY: u8 = 85;
/// Sides tried, largest first, until the result is small enough.
const SIDES: [u32; 5] = [256, 224, 192, 160, 128];

/// Makes pictures, one after another; clones take turns with each other.
#[derive(Clone)]
pub struct Pictures {
    turn: Arc<Semaphore>,
}

/// A picture as it is kept.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The content hash, 64 hexadecimal digits.
    pub hash: String,
    /// The bytes.
    pub png: Vec<u8>,
}

/// A picture that somebody sends, made anew.
#[derive(Clone, Debug)]
pub struct Remade {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// `image/png` or `image/jpeg`.
    pub media: &'static str,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Pictures {
    /// Ready for the first.
    pub fn new() -> Pictures {
        Pictures { turn: Arc::new(Semaphore::new(1)) }
    }

    /// Makes a picture that somebody sends anew, so that nothing but its pixels is kept. The inner `Err` says why it
    /// is none.
    pub async fn remake(&self, upload: Vec<u8>) -> Result<Result<Remade, &'static str>, Denial> {
        self.in_turn(move || sent(&upload)).await
    }

    /// Makes a picture from an upload.
    pub async fn make(&self, upload: Vec<u8>) -> Result<Picture, Denial> {
        let made = self.in_turn(move || remade(&upload)).await?;
        made.map_err(|why| Denial::invalid("picture", why))
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        make: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Denial> {
        let closed =
            || Denial::because(RefusalCode::Unavailable, "the picture could not be read now; try again");
        let turn = Arc::clone(&self.turn).acquire_owned().await.map_err(|_| closed())?;
        let made = tokio::task::spawn_blocking(move || {
            let made = make();
            drop(turn);
            made
        });
        made.await.map_err(|_| closed())
    }
}

impl Default for Pictures {
    fn default() -> Self {
        Pictures::new()
    }
}

/// Whether a text has the form of a picture's hash.
pub fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn remade(upload: &[u8]) -> Result<Picture, &'static str> {
    let picture = decoded(upload)?;
    let side = picture.width().min(picture.height());
    let (left, top) = ((picture.width() - side) / 2, (picture.height() - side) / 2);
    let square = picture.crop_imm(left, top, side, side);
    for side in SIDES {
        let png = encoded(&square.resize_exact(side, side, FilterType::Triangle), CompressionType::Best)?;
        if png.len() <= PNG_BYTES_MAX {
            let hash = Sha256::digest(&png).iter().map(|byte| format!("{byte:02x}")).collect();
            return Ok(Picture { hash, png });
        }
    }
    Err("this picture cannot be made small enough")
}

/// Photographs become JPEG, drawings and what can be seen through stay PNG.
fn sent(upload: &[u8]) -> Result<Remade, &'static str> {
    let mut picture = decoded(upload)?;
    if picture.width().max(picture.height()) > SENT_SIDE_MAX {
        picture = picture.resize(SENT_SIDE_MAX, SENT_SIDE_MAX, FilterType::Triangle);
    }
    let (width, height) = (picture.width(), picture.height());
    let is_drawn =
        picture.color().has_alpha() || image::guess_format(upload).is_ok_and(|it| it == ImageFormat::Png);
    if is_drawn {
        let bytes = encoded(&picture, CompressionType::Fast)?;
        if bytes.len() <= SENT_PNG_BYTES_MAX {
            return Ok(Remade { bytes, media: "image/png", width, height });
        }
    }
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, SENT_JPEG_QUALITY);
    let flat = DynamicImage::ImageRgb8(picture.to_rgb8());
    flat.write_with_encoder(encoder).map_err(|_| "the picture cannot be written")?;
    Ok(Remade { bytes, media: "image/jpeg", width, height })
}

fn decoded(upload: &[u8]) -> Result<DynamicImage, &'static str> {
    let unknown = "a picture is a PNG, JPEG or WebP file";
    let format = image::guess_format(upload).map_err(|_| unknown)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP) {
        return Err(unknown);
    }
    let too_big = "the picture is too large: at most 50 megapixels";
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODE_BYTES_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(upload), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(|error| match error {
        image::ImageError::Limits(_) => too_big,
        _ => "the picture cannot be read",
    })?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX || decoder.total_bytes() > DECODE_BYTES_MAX {
        return Err(too_big);
    }
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| match error {
        image::ImageError::Limits(_) => too_big,
        _ => "the picture cannot be read",
    })?;
    if picture.width() == 0 || picture.height() == 0 {
        return Err("the picture is empty");
    }
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn encoded(picture: &DynamicImage, how: CompressionType) -> Result<Vec<u8>, &'static str> {
    let mut png = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut png, how, PngFilter::Adaptive);
    let flat = if picture.color().has_alpha() {
        DynamicImage::ImageRgba8(picture.to_rgba8())
    } else {
        DynamicImage::ImageRgb8(picture.to_rgb8())
    };
    flat.write_with_encoder(encoder).map_err(|_| "the picture cannot be written")?;
    Ok(png)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(picture: &DynamicImage) -> Vec<u8> {
        encoded(picture, CompressionType::Fast).unwrap()
    }

    /// A picture whose header claims another size, with the checksum of a header that is meant.
    fn claiming(picture: &DynamicImage, width: u32, height: u32) -> Vec<u8> {
        let mut png = Vec::new();
        picture.write_to(&mut Cursor::new(&mut png), ImageFormat::Png).unwrap();
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        let checksum = crc32fast::hash(&png[12..29]);
        png[29..33].copy_from_slice(&checksum.to_be_bytes());
        png
    }

    /// Noise, which no compression makes small.
    fn noise(width: u32, height: u32) -> DynamicImage {
        let mut state = 1u32;
        DynamicImage::ImageRgb8(image::RgbImage::from_fn(width, height, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            image::Rgb([(state >> 24) as u8, (state >> 16) as u8, (state >> 8) as u8])
        }))
    }

    #[test]
    fn a_picture_becomes_a_small_square_png() {
        let made = remade(&png(&noise(400, 300))).unwrap();
        let read = image::load_from_memory_with_format(&made.png, ImageFormat::Png).unwrap();
        assert_eq!(read.width(), read.height());
        assert!(made.png.len() <= PNG_BYTES_MAX);
        assert!(is_hash(&made.hash));
        assert!(!is_hash("../../../etc/passwd"));
    }

    #[test]
    fn nothing_of_the_upload_is_kept() {
        let mut upload = png(&DynamicImage::new_rgb8(10, 10));
        upload.extend_from_slice(b"<script>alert(1)</script> GPS 48.8584N");
        let made = remade(&upload).unwrap();
        assert!(!made.png.windows(7).any(|part| part == b"<script" || part == b"48.8584"));
    }

    /// S38: what a camera writes beside the pixels.
    #[test]
    fn a_sent_photograph_keeps_its_pixels_and_nothing_else() {
        let mut photo = Vec::new();
        let noise = noise(300, 200);
        noise.write_with_encoder(JpegEncoder::new_with_quality(&mut photo, 90)).unwrap();
        let gps = b"Exif\0\0MM\0*GPS 48.8584N 2.2945E";
        let mut segment = vec![0xff, 0xe1];
        segment.extend_from_slice(&u16::try_from(gps.len() + 2).unwrap().to_be_bytes());
        segment.extend_from_slice(gps);
        photo.splice(2..2, segment);
        let made = sent(&photo).unwrap();
        assert_eq!((made.media, made.width, made.height), ("image/jpeg", 300, 200));
        assert!(!made.bytes.windows(4).any(|part| part == b"Exif" || part == b"48.8"));
        let drawing = sent(&png(&DynamicImage::new_rgba8(20, 10))).unwrap();
        assert_eq!((drawing.media, drawing.width, drawing.height), ("image/png", 20, 10));
    }

    #[test]
    fn bombs_and_other_files_are_refused_unread() {
        let bomb = claiming(&DynamicImage::new_rgb8(1, 1), 65_000, 65_000);
        assert!(remade(&bomb).unwrap_err().contains("too large"), "not even a try to read it");
        for other in [
            &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..],
            b"GIF89a....",
            b"%PDF-1.7",
            b"",
            b"\xff\xd8\xff",
        ] {
            assert!(remade(other).is_err());
        }
    }

    #[test]
    fn too_many_pixels_are_refused_within_the_side_limit() {
        // A byte a pixel: far less memory than decoding may take, and still more pixels than a picture may have.
        let wide = claiming(&DynamicImage::new_luma8(1, 1), 8_000, 7_000);
        assert!(remade(&wide).unwrap_err().contains("too large"));
        // And few pixels that would take more memory than there is for them.
        let deep = claiming(&DynamicImage::new_rgba16(1, 1), 5_000, 4_000);
        assert!(remade(&deep).unwrap_err().contains("too large"));
    }
}
