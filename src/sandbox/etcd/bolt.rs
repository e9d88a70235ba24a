//! A database file as bbolt writes it, which etcd's tools read: two meta pages, the list of free pages, and a tree of
//! buckets, each a tree of its own. Format: bbolt 1.3 `page.go`, `db.go`, `bucket.go`; all numbers are little-endian.

/// Bytes of a page.
pub(super) const PAGE: usize = 4096;
const MAGIC: u32 = 0xED0C_DAED;
const VERSION: u32 = 2;
/// Of a page, and of an element in one.
const HEADER: usize = 16;
const BRANCH: u16 = 0x01;
const LEAF: u16 = 0x02;
const META: u16 = 0x04;
const FREELIST: u16 = 0x10;
/// Marks a leaf's element as a bucket.
const BUCKET: u32 = 0x01;
/// Where the list of free pages is.
const FREE: u64 = 2;

/// Keys and values, in the order of the keys.
pub(super) type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// A file with these buckets, in the order of their names.
pub(super) fn file(buckets: Vec<(&str, Entries)>) -> Vec<u8> {
    let mut pages = Pages(vec![0; 3 * PAGE]);
    let roots: Entries = buckets
        .into_iter()
        .map(|(name, entries)| {
            let root = pages.tree(entries, 0);
            // The root's page and a sequence.
            (name.as_bytes().to_vec(), [root.to_le_bytes(), [0; 8]].concat())
        })
        .collect();
    let root = pages.tree(roots, BUCKET);
    for (page, transaction) in [(0, 0), (1, 1)] {
        pages.meta(page, root, transaction);
    }
    pages.header(FREE, FREELIST, 0, 0);
    pages.0
}

struct Pages(Vec<u8>);

impl Pages {
    fn next(&self) -> u64 {
        (self.0.len() / PAGE) as u64
    }

    /// Writes a tree, from its leaves up, and returns its root's page.
    fn tree(&mut self, entries: Entries, flags: u32) -> u64 {
        let mut level: Vec<(Vec<u8>, u64)> = chunks(entries, |(key, value)| key.len() + value.len())
            .into_iter()
            .map(|leaf| (leaf.first().map(|(key, _)| key.clone()).unwrap_or_default(), self.leaf(&leaf, flags)))
            .collect();
        while level.len() > 1 {
            level = chunks(level, |(key, _)| key.len())
                .into_iter()
                .map(|branch| (branch[0].0.clone(), self.branch(&branch)))
                .collect();
        }
        level[0].1
    }

    fn leaf(&mut self, entries: &[(Vec<u8>, Vec<u8>)], flags: u32) -> u64 {
        let mut heads = Vec::new();
        let mut data = Vec::new();
        for (at, (key, value)) in entries.iter().enumerate() {
            // From the element's own place.
            let offset = (entries.len() - at) * HEADER + data.len();
            heads.extend([flags, short(offset), short(key.len()), short(value.len())].map(u32::to_le_bytes).concat());
            data.extend_from_slice(key);
            data.extend_from_slice(value);
        }
        self.append(LEAF, entries.len(), &heads, &data)
    }

    fn branch(&mut self, children: &[(Vec<u8>, u64)]) -> u64 {
        let mut heads = Vec::new();
        let mut data = Vec::new();
        for (at, (key, page)) in children.iter().enumerate() {
            let offset = (children.len() - at) * HEADER + data.len();
            heads.extend([short(offset), short(key.len())].map(u32::to_le_bytes).concat());
            heads.extend(page.to_le_bytes());
            data.extend_from_slice(key);
        }
        self.append(BRANCH, children.len(), &heads, &data)
    }

    /// A page, which goes on over as many as it needs.
    fn append(&mut self, flags: u16, count: usize, heads: &[u8], data: &[u8]) -> u64 {
        let page = self.next();
        let start = self.0.len();
        let size = (HEADER + heads.len() + data.len()).next_multiple_of(PAGE);
        self.0.resize(start + HEADER, 0);
        self.0.extend_from_slice(heads);
        self.0.extend_from_slice(data);
        self.0.resize(start + size, 0);
        self.header(page, flags, count, size / PAGE - 1);
        page
    }

    fn header(&mut self, page: u64, flags: u16, count: usize, overflow: usize) {
        // A page that fits into memory, of at most a page's bytes of elements.
        let at = usize::try_from(page).unwrap_or_default() * PAGE;
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        let header =
            [&page.to_le_bytes()[..], &flags.to_le_bytes(), &count.to_le_bytes(), &short(overflow).to_le_bytes()]
                .concat();
        self.0[at..at + HEADER].copy_from_slice(&header);
    }

    fn meta(&mut self, page: u64, root: u64, transaction: u64) {
        let mut meta = [MAGIC, VERSION, short(PAGE), 0].map(u32::to_le_bytes).concat();
        let end = self.next();
        for number in [root, 0, FREE, end, transaction] {
            meta.extend(number.to_le_bytes());
        }
        // FNV-1a.
        let checksum = meta.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        meta.extend(checksum.to_le_bytes());
        let at = usize::try_from(page).unwrap_or_default() * PAGE + HEADER;
        self.0[at..at + meta.len()].copy_from_slice(&meta);
        self.header(page, META, 0, 0);
    }
}

/// As many to a page as fit, at least one to each, and one page if there are none.
fn chunks<T>(items: Vec<T>, size: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut chunks = vec![Vec::new()];
    let mut used = HEADER;
    for item in items {
        let more = HEADER + size(&item);
        let last = chunks.len() - 1;
        if used + more > PAGE && !chunks[last].is_empty() {
            chunks.push(Vec::new());
            used = HEADER;
        }
        used += more;
        let last = chunks.len() - 1;
        chunks[last].push(item);
    }
    chunks
}

/// Keys and values are at most megabytes long, requests being no longer.
fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
