// What a user does first: store, read back, list; on any client. The header is shared by the program and its plugin.
#pragma once

#include <iostream>
#include <string>

#include "objectstore/bucket.h"
#include "objectstore/client.h"

inline bool failed(const char* what, const objectstore::Error& error) {
  std::cerr << what << ": " << to_string(error) << '\n';
  return false;
}

inline bool round_trip(const objectstore::Client& client, const std::string& name) {
  if (auto made = client.create_bucket(name); !made) return failed("create_bucket", made.error());
  const auto bucket = client.bucket(name);
  auto put = bucket->upload("2026/a.txt", objectstore::Body::text("hello"), {.condition = objectstore::CreateOnly{}});
  if (!put) return failed("upload", put.error());
  auto again = bucket->upload("2026/a.txt", objectstore::Body::text("other"), {.condition = objectstore::CreateOnly{}});
  if (kind_of(again) != objectstore::ErrorKind::already_exists)
    return failed("second upload", again ? objectstore::Error{} : again.error());
  auto got = bucket->download("2026/a.txt");
  if (!got) return failed("download", got.error());
  if (got->content != "hello" || got->object.etag != put->ref.etag) return failed("download", {.message = "not what was stored"});
  int entries = 0;
  for (const auto& entry : list_objects(*bucket, {.prefix = "2026/"})) {
    if (!entry) return failed("list", entry.error());
    ++entries;
  }
  if (entries != 1) return failed("list", {.message = std::to_string(entries) + " entries"});
  if (auto gone = bucket->delete_object("2026/a.txt"); !gone) return failed("delete_object", gone.error());
  if (auto gone = client.delete_bucket(name); !gone) return failed("delete_bucket", gone.error());
  return true;
}
