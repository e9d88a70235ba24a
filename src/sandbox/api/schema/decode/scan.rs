//! JSON's bytes, read as json-iterator reads them.
//!
//! After the first mistake it reads on, without ever stepping back: what it says of the fields that follow depends on
//! that, and is in the answers that people see. Source: json-iterator v1.1.10 `iter*.go`.

/// A place in a text, and the first mistake.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    text: &'a [u8],
    head: usize,
    /// The first mistake, with the fields on the way to it.
    pub(super) error: Option<String>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, head: 0, error: None }
    }

    /// Notes a mistake, unless there was one.
    pub(super) fn report(&mut self, operation: &str, message: &str) {
        if self.error.is_some() {
            return;
        }
        let around = |reach: usize| {
            let end = (self.head + reach).min(self.text.len());
            String::from_utf8_lossy(&self.text[self.head.saturating_sub(reach)..end]).into_owned()
        };
        let at = self.head.min(10);
        self.error = Some(format!(
            "{operation}: {message}, error found in #{at} byte of ...|{}|..., bigger context ...|{}|...",
            around(10),
            around(50)
        ));
    }

    /// Puts what was decoded when a mistake had been made before it.
    pub(super) fn wrap(&mut self, prefix: impl FnOnce() -> String) {
        if let Some(error) = &mut self.error {
            error.insert_str(0, &prefix());
        }
    }

    fn byte(&mut self) -> u8 {
        let byte = self.text.get(self.head).copied().unwrap_or_default();
        self.head = (self.head + 1).min(self.text.len());
        byte
    }

    /// The next byte that is no space; 0 at the end.
    pub(super) fn token(&mut self) -> u8 {
        while self.text.get(self.head).is_some_and(|byte| matches!(byte, b' ' | b'\n' | b'\t' | b'\r')) {
            self.head += 1;
        }
        self.byte()
    }

    /// Steps back by one byte, if there was no mistake.
    pub(super) fn unread(&mut self) {
        if self.error.is_none() {
            self.head -= 1;
        }
    }

    /// Whether null stands here, which is read then.
    pub(super) fn null(&mut self) -> bool {
        if self.token() == b'n' {
            self.rest("ull");
            return true;
        }
        self.unread();
        false
    }

    /// The byte that comes next, without reading it.
    pub(super) fn peek(&mut self) -> u8 {
        let next = self.token();
        self.unread();
        next
    }

    /// The rest of a word.
    pub(super) fn rest(&mut self, rest: &str) {
        let operation = if rest.len() == 3 { "skipThreeBytes" } else { "skipFourBytes" };
        for byte in rest.bytes() {
            if self.byte() != byte {
                self.report(operation, &format!("expect {rest}"));
                return;
            }
        }
    }

    /// Whether an object with a field begins here.
    pub(super) fn object_start(&mut self) -> bool {
        match self.token() {
            b'{' => match self.token() {
                b'"' => {
                    self.unread();
                    true
                }
                b'}' => false,
                other => {
                    self.report("readObjectStart", &format!("expect \" or n, but found {}", shown(other)));
                    false
                }
            },
            b'n' => {
                self.rest("ull");
                false
            }
            other => {
                self.report("readObjectStart", &format!("expect {{ or n, but found {}", shown(other)));
                false
            }
        }
    }

    /// A field's name and the colon after it. Types with few fields are read by a decoder of their own, which wants a
    /// quote.
    pub(super) fn field_name(&mut self, few: bool) -> Option<String> {
        if !few {
            let name = self.string();
            self.colon();
            return Some(name);
        }
        let first = self.token();
        if first != b'"' {
            self.report("readFieldHash", &format!("expect \", but found {}", shown(first)));
            return None;
        }
        let start = self.head - 1;
        self.rest_of_string();
        let quoted = &self.text[start..self.head];
        let name = serde_json::from_slice(quoted).ok();
        let found = self.token();
        if found != b':' {
            self.report("readFieldHash", &format!("expect :, but found {}", shown(found)));
            return None;
        }
        name
    }

    /// The colon after a field's name.
    pub(super) fn colon(&mut self) {
        let found = self.token();
        if found != b':' {
            self.report("ReadObject", &format!("expect : after object field, but found {}", shown(found)));
        }
    }

    /// A text; empty for null.
    pub(super) fn string(&mut self) -> String {
        match self.token() {
            b'"' => {
                let start = self.head;
                self.rest_of_string();
                let quoted = &self.text[start.saturating_sub(1)..self.head];
                serde_json::from_slice(quoted).unwrap_or_else(|_| String::from_utf8_lossy(quoted).into_owned())
            }
            b'n' => {
                self.rest("ull");
                String::new()
            }
            other => {
                self.report("ReadString", &format!("expects \" or n, but found {}", shown(other)));
                String::new()
            }
        }
    }

    /// True or false.
    pub(super) fn boolean(&mut self) -> bool {
        match self.token() {
            b't' => {
                self.rest("rue");
                true
            }
            b'f' => {
                self.rest("alse");
                false
            }
            other => {
                self.report("ReadBool", &format!("expect t or f, but found {}", shown(other)));
                false
            }
        }
    }

    /// A whole number of 32 or 64 bits.
    pub(super) fn integer(&mut self, bits: u8) -> i64 {
        let mut first = self.token();
        let negative = first == b'-';
        if negative {
            first = self.byte();
        }
        let size = self.digits(bits, first);
        // One more below zero than above it.
        let most = (1_u64 << (bits - 1)) - u64::from(!negative);
        if size > most {
            let shown = if bits == 32 { size.to_string() } else { size.cast_signed().to_string() };
            let operation = if bits == 32 { "ReadInt32" } else { "ReadInt64" };
            self.report(operation, &format!("overflow: {shown}"));
        }
        if negative { 0_i64.wrapping_sub(size.cast_signed()) } else { size.cast_signed() }
    }

    fn digits(&mut self, bits: u8, first: u8) -> u64 {
        if !first.is_ascii_digit() {
            // Go makes text of the byte 255 here, which is none.
            let operation = if bits == 32 { "readUint32" } else { "readUint64" };
            self.report(operation, "unexpected character: \u{fffd}");
            return 0;
        }
        let mut size = u64::from(first - b'0');
        while size != 0
            && let Some(digit) = self.text.get(self.head).filter(|byte| byte.is_ascii_digit())
        {
            self.head += 1;
            // Too much is seen only where the number that comes out is smaller than before.
            let grown = size.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            let grown = if bits == 32 { grown & u64::from(u32::MAX) } else { grown };
            if grown < size {
                self.report(if bits == 32 { "readUint32" } else { "readUint64" }, "overflow");
                return 0;
            }
            size = grown;
        }
        if self.text.get(self.head) == Some(&b'.') {
            self.report("assertInteger", "can not decode float as int");
        }
        size
    }

    /// What one value is written as.
    pub(super) fn raw(&mut self) -> &'a [u8] {
        let start = self.head;
        self.skip();
        &self.text[start..self.head]
    }

    /// Reads over one value.
    pub(super) fn skip(&mut self) {
        match self.token() {
            b'"' => self.rest_of_string(),
            b'n' => self.rest("ull"),
            b't' => self.rest("rue"),
            b'f' => self.rest("alse"),
            b'-' | b'0'..=b'9' => {
                let number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                while self.text.get(self.head).is_some_and(number) {
                    self.head += 1;
                }
            }
            b'[' => {
                self.unread();
                self.skip_list();
            }
            b'{' => {
                self.unread();
                self.skip_object();
            }
            other => self.report("Skip", &format!("do not know how to skip: {other}")),
        }
    }

    fn rest_of_string(&mut self) {
        while self.head < self.text.len() {
            match self.byte() {
                b'\\' => {
                    self.byte();
                }
                b'"' => return,
                _ => {}
            }
        }
    }

    fn skip_list(&mut self) {
        match self.token() {
            b'[' => {
                if self.token() == b']' {
                    return;
                }
                self.unread();
                self.skip();
                let mut next = self.token();
                while next == b',' {
                    self.skip();
                    next = self.token();
                }
                if next != b']' {
                    self.report("ReadArrayCB", &format!("expect ] in the end, but found {}", shown(next)));
                }
            }
            b'n' => self.rest("ull"),
            other => self.report("ReadArrayCB", &format!("expect [ or n, but found {}", shown(other))),
        }
    }

    fn skip_object(&mut self) {
        match self.token() {
            b'{' => match self.token() {
                b'"' => {
                    self.unread();
                    loop {
                        self.string();
                        self.colon();
                        self.skip();
                        let next = self.token();
                        if next == b',' {
                            continue;
                        }
                        if next != b'}' {
                            self.report("ReadObjectCB", "object not ended with }");
                        }
                        return;
                    }
                }
                b'}' => {}
                other => self.report("ReadObjectCB", &format!("expect \" after {{, but found {}", shown(other))),
            },
            b'n' => self.rest("ull"),
            other => self.report("ReadObjectCB", &format!("expect {{ or n, but found {}", shown(other))),
        }
    }
}

/// A byte as Go writes it as text.
pub(super) fn shown(byte: u8) -> String {
    String::from_utf8_lossy(&[byte]).into_owned()
}
