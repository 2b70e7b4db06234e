// Bytes that are taken for BSON are an error with MongoDB's code, or a value that is written in
// bytes which are the same value again. No input does harm.

#include "protocol/mongodb/bson/bson.h"

#include <string>

#include "base/assert.h"
#include "dialect/mongodb/type/bson_form.h"
#include "fuzz.h"
#include "value/notation.h"

namespace {

using namespace octavo;

std::string shown(const value::Value& value) {
  std::string text;
  value::write_notation(value, text);
  return text;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A copy of its own, so that reading past the end is seen.
  const Bytes input(fuzz::input(data, size));
  const auto read = mongodb::read_bson(input);
  if (!read) {
    ASSERT(read.error().number != 0 && !read.error().what.empty());
    return 0;
  }
  ASSERT(read->depth() <= mongodb::kMaxBsonDepth + 1);
  Bytes written;
  mongodb::write_bson(*read, written);
  ASSERT(mongodb::bson_size(*read) == written.size());
  const auto again = mongodb::read_bson(written);
  ASSERT(again && shown(*again) == shown(*read));
  return 0;
}
