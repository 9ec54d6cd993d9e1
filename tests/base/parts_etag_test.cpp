// The ETag of objects of parts.
#include "base/parts_etag.h"

#include "support/catch.h"

namespace objectstore::base {

TEST_CASE("the ETag of parts is the MD5 of their MD5s and their count") {
  PartsEtag etag;
  REQUIRE(etag.add("5d41402abc4b2a76b9719d911017c592"));
  CHECK(etag.text() == "62109206880d38a4010a98e11243924a-1");
  REQUIRE(etag.add("7D793037A0760186574B0282F2F435E7"));
  CHECK(etag.text() == "065947336a2f2a95ba8899f3675c3be6-2");
}

TEST_CASE("what is no MD5 makes no ETag of parts") {
  for (const char* text :
       {"", "5d41", "5d41402abc4b2a76b9719d911017c59200", "5d41402abc4b2a76b9719d911017c592-1", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}) {
    CAPTURE(text);
    CHECK_FALSE(PartsEtag().add(text));
  }
}

}  // namespace objectstore::base
