// Reading XML of a server that is not trusted, and writing XML.
#include "s3/xml.h"

#include "support/catch.h"

using namespace objectstore;
using namespace objectstore::s3;

namespace {

std::optional<ErrorKind> parse(std::string body) {
  pugi::xml_document document;
  return kind_of(parse_xml(body, document));
}

std::string nested(int depth) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += "<a>";
  for (int i = 0; i < depth; ++i) text += "</a>";
  return text;
}

}  // namespace

TEST_CASE("document types, foreign encodings, depth and garbage are refused") {
  CHECK(parse("<!DOCTYPE a [<!ENTITY b \"cc\">]><a>&b;</a>") == ErrorKind::corrupt);
  CHECK(parse("<?xml version='1.0'?>\n <!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>") == ErrorKind::corrupt);
  CHECK(parse("<a><!ENTITY x 'y'></a>") == ErrorKind::corrupt);
  CHECK(parse(std::string("\xff\xfe<\0a\0/\0>\0", 10)) == ErrorKind::corrupt);
  CHECK(parse(std::string("<\0a\0/\0>\0", 8)) == ErrorKind::corrupt);
  CHECK(parse("") == ErrorKind::corrupt);
  CHECK(parse(" \r\n\t") == ErrorKind::corrupt);
  CHECK(parse("<a><b></a>") == ErrorKind::corrupt);
  CHECK(parse("<a>") == ErrorKind::corrupt);
  CHECK(parse("{\"a\":1}") == ErrorKind::corrupt);
  CHECK(parse(nested(kMaxXmlDepth + 1)) == ErrorKind::corrupt);
  CHECK(parse(nested(100'000)) == ErrorKind::corrupt);
  CHECK_FALSE(parse(nested(kMaxXmlDepth)).has_value());
}

TEST_CASE("what looks like markup inside comments, CDATA, instructions and attributes does not count as depth") {
  std::string many;
  for (int i = 0; i < 100; ++i) many += "<a>";
  CHECK_FALSE(parse("<r><!-- " + many + " --></r>").has_value());
  CHECK_FALSE(parse("<r><![CDATA[" + many + "<!DOCTYPE]]></r>").has_value());
  CHECK_FALSE(parse("<?x " + many + "?><r b='" + std::string(100, '>') + "'/>").has_value());
  std::string siblings = "<r>";
  for (int i = 0; i < 100; ++i) siblings += "<a/><b x='1'/><c>t</c>";
  CHECK_FALSE(parse(siblings + "</r>").has_value());
}

TEST_CASE("a byte order mark and leading white space are tolerated") {
  CHECK_FALSE(parse("\xef\xbb\xbf<?xml version=\"1.0\"?><a/>").has_value());
  CHECK_FALSE(parse("\n\n  <?xml version=\"1.0\"?><a/>").has_value());
}

TEST_CASE("the root is known without parsing") {
  CHECK(root_name("<?xml version='1.0'?>\n<!-- x --><Error xmlns='y'><Code/></Error>") == "Error");
  CHECK(root_name("\xef\xbb\xbf <Error/>") == "Error");
  CHECK(root_name("<html>") == "html");
  CHECK(root_name("{}").empty());
  CHECK(root_name("").empty());
  CHECK(root_name("<?xml").empty());
}

TEST_CASE("text keeps white space, joins CDATA and refuses elements") {
  std::string body = "<r><a> </a><b>x<![CDATA[<y>]]>z</b><c>x<d/></c><e></e><f>&#13;&#10;</f></r>";
  pugi::xml_document document;
  REQUIRE(parse_xml(body, document));
  const auto root = document.document_element();
  CHECK(text_of(root.child("a")) == " ");
  CHECK(text_of(root.child("b")) == "x<y>z");
  CHECK_FALSE(text_of(root.child("c")).has_value());
  CHECK(text_of(root.child("e")) == "");
  CHECK(text_of(root.child("f")) == "\r\n");
}

TEST_CASE("escaped text comes back byte for byte") {
  const std::string text = "a<b>&\"'\t\r\n ]]> \xc3\xbc\xf0\x9f\x98\x80 &amp;";
  std::string body = "<r>";
  escape_xml_to(body, text);
  body += "</r>";
  pugi::xml_document document;
  REQUIRE(parse_xml(body, document));
  CHECK(text_of(document.document_element()) == text);
}

TEST_CASE("what XML cannot carry is known") {
  CHECK(fits_xml("a\t\r\n\x7f\xc3\xbc\xef\xbf\xbd"));
  CHECK_FALSE(fits_xml("a\x01"));
  CHECK_FALSE(fits_xml("\x1f"));
  CHECK_FALSE(fits_xml("\xef\xbf\xbe"));
  CHECK_FALSE(fits_xml("x\xef\xbf\xbf"));
}
