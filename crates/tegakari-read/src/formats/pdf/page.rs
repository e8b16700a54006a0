//! The content of a page: glyphs where they stand, lines that rule tables, areas that link.
//!
//! Only the operators that move or show text, draw lines or call forms are followed. Work is bounded by
//! a [`Budget`] of the whole document, counted in operators, glyphs and bytes, never by a clock.

use std::collections::HashMap;
use std::rc::Rc;

use hayro_syntax::content::TypedIter;
use hayro_syntax::content::ops::TypedInstruction as Op;
use hayro_syntax::object::dict::keys;
use hayro_syntax::object::{Array, Dict, Name, Object, ObjectIdentifier, Rect, Stream};
use hayro_syntax::object::{Number, String as PdfString};
use hayro_syntax::page::{Page, Resources};

use super::fonts::{Face, Fonts, UNKNOWN};
use super::unpack::{unpack, unpack_part};

/// How deep forms may call forms.
const FORM_DEPTH: u32 = 16;
/// How deep states may be saved.
const STATE_DEPTH: usize = 512;
/// Glyphs kept of one page; dense ones have some ten thousand.
const PAGE_GLYPHS: usize = 400_000;
/// Link areas and rules kept for a page.
const AREA_LIMIT: usize = 20_000;
/// Bytes of unpacked forms kept for a document, for forms that are drawn on every page.
const FORM_CACHE: usize = 16 << 20;
/// The longest replacement text taken from marked content.
const ACTUAL_LIMIT: usize = 64;

/// What reading a document may cost.
pub(super) struct Budget {
    pub(super) operators: u64,
    pub(super) glyphs: u64,
    pub(super) bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            operators: 40_000_000,
            glyphs: 8_000_000,
            bytes: 1 << 30,
        }
    }
}

impl Budget {
    pub(super) fn is_spent(&self) -> bool {
        self.operators == 0 || self.glyphs == 0 || self.bytes == 0
    }
}

/// A character where it stands, in the frame of its writing direction: x along the line, y downwards.
#[derive(Clone)]
pub(super) struct Glyph {
    pub(super) text: Rc<str>,
    pub(super) x0: f32,
    pub(super) x1: f32,
    /// The base line.
    pub(super) y: f32,
    pub(super) size: f32,
    /// Direction of writing in degrees, clockwise from left to right.
    pub(super) angle: i16,
    pub(super) bold: bool,
    pub(super) mono: bool,
    /// Marked as no part of the text: page numbers, running titles.
    pub(super) artifact: bool,
}

/// A straight line, horizontal or vertical.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) x0: f32,
    pub(super) y0: f32,
    pub(super) x1: f32,
    pub(super) y1: f32,
}

/// An area that links to a URI.
#[derive(Clone, Debug)]
pub(super) struct LinkArea {
    pub(super) x0: f32,
    pub(super) y0: f32,
    pub(super) x1: f32,
    pub(super) y1: f32,
    pub(super) target: Rc<str>,
}

/// All that a page holds.
#[derive(Default)]
pub(super) struct Sheet {
    pub(super) glyphs: Vec<Glyph>,
    pub(super) rules: Vec<Rule>,
    pub(super) links: Vec<LinkArea>,
    pub(super) width: f32,
    pub(super) height: f32,
    /// Glyphs whose characters the font does not tell.
    pub(super) unknown: usize,
    /// The part of the page that images cover, at most 1 for each.
    pub(super) images: f32,
    /// More glyphs than are kept.
    pub(super) crowded: bool,
    /// Streams of the page that could not be unpacked.
    pub(super) damaged: usize,
}

type Matrix = [f64; 6];

/// `a` applied before `b`.
fn concat(a: Matrix, b: Matrix) -> Matrix {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

fn apply(m: Matrix, x: f64, y: f64) -> (f64, f64) {
    (m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5])
}

#[derive(Clone)]
struct State<'a> {
    ctm: Matrix,
    face: Option<Rc<Face<'a>>>,
    size: f64,
    char_space: f64,
    word_space: f64,
    stretch: f64,
    leading: f64,
    rise: f64,
}

/// A part of the content with a property.
struct Mark {
    artifact: bool,
    actual: Option<(String, usize)>,
}

/// Reads pages one after the other.
pub(super) struct Interpreter<'a> {
    fonts: Fonts<'a>,
    forms: HashMap<ObjectIdentifier, Rc<Vec<u8>>>,
    forms_kept: usize,
    pub(super) budget: Budget,
    sheet: Sheet,
    state: State<'a>,
    saved: Vec<State<'a>>,
    text_matrix: Matrix,
    line_matrix: Matrix,
    marks: Vec<Mark>,
    path: Vec<Rule>,
    point: (f64, f64),
    start: (f64, f64),
}

const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

impl<'a> State<'a> {
    fn new(ctm: Matrix) -> Self {
        Self {
            ctm,
            face: None,
            size: 1.0,
            char_space: 0.0,
            word_space: 0.0,
            stretch: 1.0,
            leading: 0.0,
            rise: 0.0,
        }
    }
}

impl<'a> Interpreter<'a> {
    pub(super) fn new(budget: Budget) -> Self {
        Self {
            fonts: Fonts::new(),
            forms: HashMap::new(),
            forms_kept: 0,
            budget,
            sheet: Sheet::default(),
            state: State::new(IDENTITY),
            saved: Vec::new(),
            text_matrix: IDENTITY,
            line_matrix: IDENTITY,
            marks: Vec::new(),
            path: Vec::new(),
            point: (0.0, 0.0),
            start: (0.0, 0.0),
        }
    }

    /// Reads one page. What the budget does not allow is left out: see [`Budget::is_spent`].
    pub(super) fn read(&mut self, page: &Page<'a>) -> Sheet {
        let ctm = page.initial_transform(true).as_coeffs();
        let (width, height) = page.render_dimensions();
        self.sheet = Sheet {
            width,
            height,
            ..Sheet::default()
        };
        self.state = State::new(ctm);
        self.saved.clear();
        self.marks.clear();
        self.path.clear();
        let data = self.content(page.raw());
        self.run(&data, page.resources(), 0);
        self.annotations(page, ctm);
        std::mem::take(&mut self.sheet)
    }

    /// The content streams of a page in one piece; a part of the text may go on from one to the next.
    fn content(&mut self, page: &Dict<'a>) -> Vec<u8> {
        let mut out = Vec::new();
        let single = page.get::<Stream<'_>>(keys::CONTENTS);
        let several = page.get::<Array<'_>>(keys::CONTENTS);
        // What the page names is not there.
        if single.is_none() && several.is_none() && page.contains_key(keys::CONTENTS) {
            self.sheet.damaged += 1;
        }
        let parts = single.into_iter().chain(
            several
                .into_iter()
                .flat_map(|a| a.iter::<Stream<'_>>().take(10_000)),
        );
        for part in parts {
            match unpack_part(&part) {
                Some((data, whole)) if self.spend_bytes(data.len()) => {
                    self.sheet.damaged += usize::from(!whole);
                    out.extend_from_slice(&data);
                    out.push(b'\n');
                }
                Some(_) => break,
                None => self.sheet.damaged += 1,
            }
        }
        out
    }

    fn spend_bytes(&mut self, bytes: usize) -> bool {
        let left = self.budget.bytes.checked_sub(bytes as u64);
        self.budget.bytes = left.unwrap_or(0);
        left.is_some()
    }

    fn run(&mut self, data: &[u8], resources: &Resources<'a>, depth: u32) {
        let saved = self.saved.len();
        let mut operators = TypedIter::new(data);
        while let Some(operator) = operators.next() {
            let Some(left) = self.budget.operators.checked_sub(1) else {
                break;
            };
            self.budget.operators = left;
            if self.budget.glyphs == 0 || self.sheet.crowded {
                break;
            }
            self.operator(operator, resources, depth, saved);
        }
        while self.saved.len() > saved {
            if let Some(state) = self.saved.pop() {
                self.state = state;
            }
        }
        self.path.clear();
    }

    fn operator(&mut self, op: Op<'_, '_>, resources: &Resources<'a>, depth: u32, saved: usize) {
        match op {
            Op::SaveState(_) => {
                if self.saved.len() < STATE_DEPTH {
                    self.saved.push(self.state.clone());
                }
            }
            Op::RestoreState(_) => {
                if self.saved.len() > saved
                    && let Some(state) = self.saved.pop()
                {
                    self.state = state;
                }
            }
            Op::Transform(m) => {
                self.state.ctm = concat(
                    [&m.0, &m.1, &m.2, &m.3, &m.4, &m.5].map(Number::as_f64),
                    self.state.ctm,
                );
            }
            Op::BeginText(_) => {
                self.text_matrix = IDENTITY;
                self.line_matrix = IDENTITY;
            }
            Op::SetTextMatrix(m) => {
                self.line_matrix = [&m.0, &m.1, &m.2, &m.3, &m.4, &m.5].map(Number::as_f64);
                self.text_matrix = self.line_matrix;
            }
            Op::NextLine(n) => self.next_line(n.0.as_f64(), n.1.as_f64()),
            Op::NextLineAndSetLeading(n) => {
                self.state.leading = -n.1.as_f64();
                self.next_line(n.0.as_f64(), n.1.as_f64());
            }
            Op::NextLineUsingLeading(_) => self.next_line(0.0, -self.state.leading),
            Op::TextFont(f) => {
                self.state.size = f.1.as_f64();
                self.state.face = resources
                    .get_font(f.0)
                    .and_then(|dict| self.fonts.face(&dict));
            }
            Op::CharacterSpacing(n) => self.state.char_space = n.0.as_f64(),
            Op::WordSpacing(n) => self.state.word_space = n.0.as_f64(),
            Op::HorizontalScaling(n) => self.state.stretch = n.0.as_f64() / 100.0,
            Op::TextLeading(n) => self.state.leading = n.0.as_f64(),
            Op::TextRise(n) => self.state.rise = n.0.as_f64(),
            Op::ShowText(s) => self.show(s.0),
            Op::NextLineAndShowText(s) => {
                self.next_line(0.0, -self.state.leading);
                self.show(s.0);
            }
            Op::ShowTextWithParameters(s) => {
                self.state.word_space = s.0.as_f64();
                self.state.char_space = s.1.as_f64();
                self.next_line(0.0, -self.state.leading);
                self.show(s.2);
            }
            Op::ShowTexts(s) => {
                for part in s.0.iter::<Object<'_>>() {
                    match part {
                        Object::String(text) => self.show(&text),
                        Object::Number(n) => self.adjust(n.as_f64()),
                        _ => {}
                    }
                }
            }
            Op::BeginMarkedContent(m) => self.open_mark(m.0, None),
            Op::BeginMarkedContentWithProperties(m) => {
                let properties = match m.1 {
                    Object::Name(name) => resources.properties.get::<Dict<'_>>(name),
                    Object::Dict(dict) => Some(dict.clone()),
                    _ => None,
                };
                let actual = properties
                    .and_then(|p| p.get::<PdfString<'_>>(keys::ACTUAL_TEXT))
                    .map(|s| super::meta::text_string(s.as_bytes()));
                self.open_mark(m.0, actual);
            }
            Op::EndMarkedContent(_) => self.close_mark(),
            Op::XObject(x) => self.object(x.0, resources, depth),
            Op::InlineImage(_) => self.image(),
            other => self.draw(other),
        }
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.line_matrix = concat([1.0, 0.0, 0.0, 1.0, x, y], self.line_matrix);
        self.text_matrix = self.line_matrix;
    }

    fn is_vertical(&self) -> bool {
        self.state.face.as_ref().is_some_and(|f| f.is_vertical())
    }

    fn advance(&mut self, along: f64) {
        let step = if self.is_vertical() {
            [1.0, 0.0, 0.0, 1.0, 0.0, along]
        } else {
            [1.0, 0.0, 0.0, 1.0, along * self.state.stretch, 0.0]
        };
        self.text_matrix = concat(step, self.text_matrix);
    }

    fn adjust(&mut self, thousandths: f64) {
        self.advance(-thousandths / 1000.0 * self.state.size);
    }

    fn show(&mut self, text: &PdfString<'_>) {
        let Some(face) = self.state.face.clone() else {
            self.sheet.unknown += text.as_bytes().len();
            return;
        };
        let bytes = text.as_bytes();
        let artifact = self.marks.iter().any(|m| m.artifact);
        let mut at = 0;
        while at < bytes.len() {
            if self.sheet.glyphs.len() >= PAGE_GLYPHS {
                self.sheet.crowded = true;
                return;
            }
            let Some(left) = self.budget.glyphs.checked_sub(1) else {
                return;
            };
            self.budget.glyphs = left;
            let (code, length) = face.next(bytes, at);
            at += length;
            let shown = face.code(code);
            let spaced = self.state.char_space
                + if code == 32 && length == 1 {
                    self.state.word_space
                } else {
                    0.0
                };
            let bare = f64::from(shown.advance) / 1000.0 * self.state.size;
            self.place(&face, shown.text, bare, shown.shift, artifact);
            self.advance(bare + spaced);
        }
    }

    /// Adds a glyph at the text position.
    fn place(
        &mut self,
        face: &Face<'_>,
        text: Rc<str>,
        advance: f64,
        shift: (f32, f32),
        artifact: bool,
    ) {
        let whole = concat(self.text_matrix, self.state.ctm);
        let size = self.state.size;
        let (dx, dy) = (
            f64::from(shift.0) / 1000.0 * size,
            f64::from(shift.1) / 1000.0 * size,
        );
        let vertical = face.is_vertical();
        // A vertical glyph is placed by its own centre line.
        let (from, to) = if vertical {
            (
                apply(whole, 0.0, self.state.rise),
                apply(whole, 0.0, self.state.rise + advance),
            )
        } else {
            (
                apply(whole, dx, dy + self.state.rise),
                apply(
                    whole,
                    dx + advance * self.state.stretch,
                    dy + self.state.rise,
                ),
            )
        };
        let along = if vertical {
            (-whole[2], -whole[3])
        } else {
            (whole[0], whole[1])
        };
        let across = if vertical {
            (whole[0], whole[1])
        } else {
            (whole[2], whole[3])
        };
        let negative = size < 0.0;
        let length = along.0.hypot(along.1);
        let height = across.0.hypot(across.1) * size.abs();
        let finite = [from.0, from.1, to.0, to.1, height, length]
            .iter()
            .all(|v| v.is_finite() && v.abs() < 1e6);
        if !finite || length <= 1e-9 || height <= 0.01 {
            return;
        }
        let (w, h) = (f64::from(self.sheet.width), f64::from(self.sheet.height));
        let outside =
            from.0 < -0.05 * w || from.0 > 1.05 * w || from.1 < -0.05 * h || from.1 > 1.05 * h;
        if outside {
            return;
        }
        let mut angle = along.1.atan2(along.0).to_degrees().round();
        if negative {
            angle += 180.0;
        }
        let angle = angle.rem_euclid(360.0) as i16;
        let (sin, cos) = f64::from(angle).to_radians().sin_cos();
        let frame = |(x, y): (f64, f64)| (x * cos + y * sin, -x * sin + y * cos);
        let ((x0, y), (x1, _)) = (frame(from), frame(to));
        if text.as_ref() == UNKNOWN {
            self.sheet.unknown += 1;
        }
        self.sheet.glyphs.push(Glyph {
            text,
            x0: x0.min(x1) as f32,
            x1: x0.max(x1) as f32,
            y: y as f32,
            size: height as f32,
            angle,
            bold: face.bold,
            mono: face.mono,
            artifact,
        });
    }

    fn open_mark(&mut self, tag: &Name<'_>, actual: Option<String>) {
        let artifact = &**tag == b"Artifact";
        let actual = actual
            .filter(|t| !t.is_empty() && t.len() <= ACTUAL_LIMIT)
            .map(|t| (t, self.sheet.glyphs.len()));
        if self.marks.len() < STATE_DEPTH {
            self.marks.push(Mark { artifact, actual });
        }
    }

    fn close_mark(&mut self) {
        let Some(Mark {
            actual: Some((text, from)),
            ..
        }) = self.marks.pop()
        else {
            return;
        };
        let Some(shown) = self.sheet.glyphs.get(from..) else {
            return;
        };
        let (Some(first), Some(last)) = (shown.first(), shown.last()) else {
            return;
        };
        let one_line = shown
            .iter()
            .all(|g| g.angle == first.angle && (g.y - first.y).abs() < first.size * 0.5);
        // Replaced only where it is short: the text of a whole paragraph would lose its places.
        if !one_line || shown.len() > 16 || text.contains(['\n', '\r']) {
            return;
        }
        let mut glyph = first.clone();
        glyph.x1 = last.x1.max(first.x1);
        glyph.text = text.into();
        self.sheet.glyphs.truncate(from);
        self.sheet.glyphs.push(glyph);
    }

    fn object(&mut self, name: &Name<'_>, resources: &Resources<'a>, depth: u32) {
        let Some(stream) = resources.get_x_object(name) else {
            return;
        };
        match stream.dict().get::<Name<'_>>(keys::SUBTYPE).as_deref() {
            Some(b"Image") => self.image(),
            Some(b"Form") if depth < FORM_DEPTH => self.form(&stream, resources, depth),
            _ => {}
        }
    }

    fn form(&mut self, stream: &Stream<'a>, parent: &Resources<'a>, depth: u32) {
        let id = stream.obj_id();
        let data = match self.forms.get(&id) {
            Some(data) => Rc::clone(data),
            None => {
                let Some(data) = unpack(stream).map(Rc::new) else {
                    self.sheet.damaged += 1;
                    return;
                };
                if !self.spend_bytes(data.len()) {
                    return;
                }
                if self.forms_kept + data.len() <= FORM_CACHE {
                    self.forms_kept += data.len();
                    self.forms.insert(id, Rc::clone(&data));
                }
                data
            }
        };
        let dict = stream.dict();
        let matrix = dict.get::<[f64; 6]>(keys::MATRIX).unwrap_or(IDENTITY);
        let own = dict.get::<Dict<'a>>(keys::RESOURCES).map(Resources::new);
        let outer = self.state.clone();
        let matrices = (self.text_matrix, self.line_matrix);
        let marks = self.marks.len();
        self.state.ctm = concat(matrix, self.state.ctm);
        self.run(&data, own.as_ref().unwrap_or(parent), depth + 1);
        self.marks.truncate(marks);
        (self.text_matrix, self.line_matrix) = matrices;
        self.state = outer;
    }

    fn image(&mut self) {
        let m = self.state.ctm;
        let area = (m[0] * m[3] - m[1] * m[2]).abs();
        let page = f64::from(self.sheet.width) * f64::from(self.sheet.height);
        if area.is_finite() && page > 0.0 {
            self.sheet.images += (area / page).min(1.0) as f32;
        }
    }

    fn draw(&mut self, op: Op<'_, '_>) {
        match op {
            Op::MoveTo(p) => {
                self.start = (p.0.as_f64(), p.1.as_f64());
                self.point = self.start;
            }
            Op::LineTo(p) => {
                let to = (p.0.as_f64(), p.1.as_f64());
                self.line(self.point, to);
                self.point = to;
            }
            Op::ClosePath(_) => {
                self.line(self.point, self.start);
                self.point = self.start;
            }
            Op::RectPath(r) => {
                let (x, y, w, h) = (r.0.as_f64(), r.1.as_f64(), r.2.as_f64(), r.3.as_f64());
                let corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)];
                for pair in corners.windows(2) {
                    if let [a, b] = pair {
                        self.line(*a, *b);
                    }
                }
                self.start = (x, y);
                self.point = self.start;
            }
            Op::CubicTo(c) => self.point = (c.4.as_f64(), c.5.as_f64()),
            Op::CubicStartTo(c) => self.point = (c.2.as_f64(), c.3.as_f64()),
            Op::CubicEndTo(c) => self.point = (c.2.as_f64(), c.3.as_f64()),
            Op::StrokePath(_)
            | Op::CloseAndStrokePath(_)
            | Op::FillPathNonZero(_)
            | Op::FillPathNonZeroCompatibility(_)
            | Op::FillPathEvenOdd(_)
            | Op::FillAndStrokeNonZero(_)
            | Op::FillAndStrokeEvenOdd(_)
            | Op::CloseFillAndStrokeNonZero(_)
            | Op::CloseFillAndStrokeEvenOdd(_) => {
                let room = AREA_LIMIT.saturating_sub(self.sheet.rules.len());
                self.path.truncate(room);
                self.sheet.rules.append(&mut self.path);
            }
            Op::EndPath(_) => self.path.clear(),
            _ => {}
        }
    }

    /// Keeps a line when it is straight up or across on the page.
    fn line(&mut self, from: (f64, f64), to: (f64, f64)) {
        if self.path.len() >= AREA_LIMIT {
            return;
        }
        let (x0, y0) = apply(self.state.ctm, from.0, from.1);
        let (x1, y1) = apply(self.state.ctm, to.0, to.1);
        let straight = (x1 - x0).abs() < 0.5 || (y1 - y0).abs() < 0.5;
        let inside = [x0, y0, x1, y1]
            .iter()
            .all(|v| v.is_finite() && v.abs() < 1e5);
        if straight && inside {
            self.path.push(Rule {
                x0: x0.min(x1) as f32,
                y0: y0.min(y1) as f32,
                x1: x0.max(x1) as f32,
                y1: y0.max(y1) as f32,
            });
        }
    }

    /// Link annotations: their areas, one for each line where the writer says so.
    fn annotations(&mut self, page: &Page<'a>, ctm: Matrix) {
        let Some(annotations) = page.raw().get::<Array<'_>>(keys::ANNOTS) else {
            return;
        };
        for annotation in annotations.iter::<Dict<'_>>().take(AREA_LIMIT) {
            if self.sheet.links.len() >= AREA_LIMIT {
                return;
            }
            let target = annotation
                .get::<Dict<'_>>(keys::A)
                .and_then(|action| action.get::<PdfString<'_>>(keys::URI))
                .map(|uri| super::meta::text_string(uri.as_bytes()));
            let Some(target) = target.filter(|t| !t.is_empty() && t.len() <= 4096) else {
                continue;
            };
            let target: Rc<str> = target.into();
            let corners: Vec<f64> = annotation
                .get::<Array<'_>>(keys::QUADPOINTS)
                .map(|a| a.iter::<f64>().take(800).collect())
                .unwrap_or_default();
            let quads = corners.as_chunks::<8>().0;
            if quads.is_empty() {
                if let Some(r) = annotation.get::<Rect>(keys::RECT) {
                    self.area(ctm, &[r.x0, r.y0, r.x1, r.y1], &target);
                }
            } else {
                for quad in quads {
                    self.area(ctm, quad, &target);
                }
            }
        }
    }

    fn area(&mut self, ctm: Matrix, points: &[f64], target: &Rc<str>) {
        let placed: Vec<(f64, f64)> = points
            .as_chunks::<2>()
            .0
            .iter()
            .map(|[x, y]| apply(ctm, *x, *y))
            .collect();
        let fold = |pick: fn(&(f64, f64)) -> f64, best: fn(f64, f64) -> f64, from: f64| {
            placed.iter().map(pick).fold(from, best) as f32
        };
        let area = LinkArea {
            x0: fold(|p| p.0, f64::min, f64::MAX),
            y0: fold(|p| p.1, f64::min, f64::MAX),
            x1: fold(|p| p.0, f64::max, f64::MIN),
            y1: fold(|p| p.1, f64::max, f64::MIN),
            target: Rc::clone(target),
        };
        if [area.x0, area.y0, area.x1, area.y1]
            .iter()
            .all(|v| v.is_finite())
        {
            self.sheet.links.push(area);
        }
    }
}
