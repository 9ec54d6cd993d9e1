"""Keys that S3 clients and servers stumble over, and metadata values that headers spoil.

Each key has a verdict:
  STORED   both sides store, read, list, sign and delete it
  SERVER   a legal key that MinIO refuses (it keeps keys as paths); both clients have to report that as a typed error
  RENAMED  a legal key that MinIO takes and keeps under another one: the same object for both clients, listed under that other key
  CLIENT   no key at all; our side refuses it before anything is sent, boto3 or the server refuses it as well
"""

STORED, SERVER, RENAMED, CLIENT = "stored", "refused by the server", "renamed by the server", "refused before it is sent"

KEYS = [
    # Plain, and near the limits.
    ("plain", b"plain.txt", STORED),
    ("nested", b"2026/03/a/b/c/photo.jpg", STORED),
    ("one letter", b"x", STORED),
    ("1,024 bytes in segments", b"/".join([b"s" * 127] * 8) + b"e", STORED),
    ("1,024 bytes, two-byte letters", ("/".join(["\u00e4" * 63 + "a"] * 8)).encode() + b"e", STORED),
    ("segment of 255 bytes", b"l" * 255, STORED),
    # Spaces and what forms make of them.
    ("space", b"a space.txt", STORED),
    ("two spaces", b"two  spaces", STORED),
    ("leading space", b" leading", STORED),
    ("trailing space", b"trailing ", STORED),
    ("plus", b"a+b+c", STORED),
    ("plus and space", b"a+b c", STORED),
    # Percent signs, single and double encoding.
    ("percent", b"100%", STORED),
    ("percent hex", b"a%46b", STORED),
    ("percent slash", b"a%2Fb", STORED),
    ("percent space", b"a%20b", STORED),
    ("percent percent", b"a%2525b", STORED),
    ("percent garbage", b"a%zz%b", STORED),
    ("percent dots", b"%2e%2e%2fx", STORED),
    # What ends or splits a URL.
    ("question mark", b"what?", STORED),
    ("question subresource", b"a?versionId=null&acl", STORED),
    ("ampersand equals", b"a&b=c", STORED),
    ("hash", b"a#fragment", STORED),
    ("colon", b"c:windows", STORED),
    ("url", b"http:host/path?q#f", STORED),
    ("userinfo", b"user:pw@host", STORED),
    ("semicolon comma", b"a;b,c", STORED),
    ("at", b"@me", STORED),
    # What XML, JSON, shells and headers mind.
    ("xml", b"<Key>&amp;</Key>", STORED),
    ("cdata end", b"]]>", STORED),
    ("quotes", b"\"double\" and 'single'", STORED),
    ("backtick dollar", b"`id` $HOME $(id)", STORED),
    ("brackets", b"a[0]{1}(2)", STORED),
    ("pipe caret", b"a|b^c", STORED),
    ("star tilde bang", b"*~!", STORED),
    ("leading dash", b"-rf", STORED),
    ("leading dot", b".hidden", STORED),
    ("three dots", b".../x", STORED),
    ("dots inside", b"a..b/c.", STORED),
    ("soap", b"soap", STORED),
    ("multipart word", b"uploads?uploadId=1", STORED),
    ("backslash", b"a\\b", STORED),
    ("backslash dots", b"..\\x", SERVER),
    ("windows device", b"con/nul/aux.txt", STORED),
    # Beyond ASCII.
    ("umlauts", "gr\u00f6\u00dfe/\u00c4.txt".encode(), STORED),
    ("umlauts, decomposed", "gro\u0308\u00dfe/A\u0308.txt".encode(), STORED),
    ("japanese", "\u65e5\u672c\u8a9e/\u30ad\u30fc".encode(), STORED),
    ("right to left", "\u05e9\u05dc\u05d5\u05dd/\u202eevil".encode(), STORED),
    ("emoji", "\U0001f4be/\U0001f468\u200d\U0001f469\u200d\U0001f467".encode(), STORED),
    ("no-break space", "a\u00a0b".encode(), STORED),
    ("byte order mark", "\ufeffx".encode(), STORED),
    ("line separator", "a\u2028b".encode(), STORED),
    ("replacement character", "a\ufffdb".encode(), STORED),
    ("last character", "a\U0010fffdb".encode(), STORED),
    # Control characters: legal keys, poison for XML.
    ("tab", b"a\tb", STORED),
    ("line feed", b"a\nb", STORED),
    ("carriage return line feed", b"a\r\nb", STORED),
    ("0x01", b"a\x01b", STORED),
    ("0x1f", b"a\x1fb", STORED),
    ("delete", b"a\x7fb", STORED),
    ("U+FFFE", "a\ufffeb".encode(), STORED),
    # Paths.
    ("key that looks like a folder", b"folder/", STORED),
    ("leading slash", b"/rooted", RENAMED),  # as b"rooted"
    ("double slash", b"a//b", SERVER),
    ("double slash at the end", b"a//", SERVER),
    ("dot", b".", SERVER),
    ("dot dot", b"..", SERVER),
    ("dot segment", b"a/./b", SERVER),
    ("dot dot segment", b"a/../b", SERVER),
    ("climbing", b"../../etc/passwd", SERVER),
    ("dot dot inside a bucket path", b"a/../../x", SERVER),
    ("segment of 256 bytes", b"l" * 256, SERVER),
    # No keys.
    ("empty", b"", CLIENT),
    ("1,025 bytes", b"/".join([b"s" * 127] * 8) + b"ee", CLIENT),
    ("1,025 bytes, multi-byte at the edge", ("/".join(["\u00e4" * 63 + "a"] * 8)).encode() + "\u00e4".encode(), CLIENT),
    ("NUL", b"a\x00b", CLIENT),
    ("invalid UTF-8", b"a\xff", CLIENT),
    ("overlong UTF-8", b"a\xc0\xafb", CLIENT),
    ("lone surrogate", b"a\xed\xa0\x80b", CLIENT),
]

# Metadata values: what is written, and what our side makes of it (leading, trailing and doubled spaces are not kept).
METADATA = [
    ("plain", "value", "value"),
    ("empty", "", ""),
    ("inner space", "two words", "two words"),
    ("outer spaces", "  trimmed  ", "trimmed"),
    ("doubled spaces", "a  b   c", "a b c"),
    ("quotes", "say \"hi\" it's", "say \"hi\" it's"),
    ("separators", "a,b;c=d:e|f", "a,b;c=d:e|f"),
    ("percent", "100%25%2F%zz", "100%25%2F%zz"),
    ("plus", "a+b", "a+b"),
    ("backslash", "C:\\temp\\x", "C:\\temp\\x"),
    ("markup", "<a href='x'>&amp;</a>", "<a href='x'>&amp;</a>"),
    ("json", '{"a": [1, "b"]}', '{"a": [1, "b"]}'),
    ("url", "https://h/p?q=1&r=2#f", "https://h/p?q=1&r=2#f"),
    ("base64", "aGVsbG8gd29ybGQ+/w==", "aGVsbG8gd29ybGQ+/w=="),
    ("header look-alike", "x-amz-meta-other: 1", "x-amz-meta-other: 1"),
    ("brackets", "()<>@[]{}?", "()<>@[]{}?"),
    ("long", "v" * 1900, "v" * 1900),
]

# Our side alone writes these (boto3 refuses them); boto3 has to read what stands on the wire: raw UTF-8 or RFC 2047.
METADATA_BEYOND_ASCII = [
    ("umlauts", "gr\u00fc\u00dfe"),
    ("japanese", "\u65e5\u672c\u8a9e"),
    ("emoji", "disk \U0001f4be!"),
]

# No header can carry these: our side refuses them before anything is sent.
METADATA_REFUSED = [
    ("line feed", "a\nb"),
    ("carriage return", "a\rb"),
    ("header injection", "a\r\nx-amz-acl: public-read"),
    ("NUL", "a\x00b"),
    ("0x01", "a\x01b"),
    ("delete", "a\x7fb"),
]
