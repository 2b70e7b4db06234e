#pragma once

// BSON (https://bsonspec.org, 1.1) to values and back. Everything of BSON has a value of its own,
// but for DBPointer, which is read as the reference {$ref, $id} that drivers make of it.
//
// What BSON lacks is written as what is nearest: uint64 as decimal128, a date as the date at
// midnight UTC, times of day and durations as strings, a geometry as its object. Timestamps have
// milliseconds there. A zero byte, which no name may have in BSON, is U+FFFD.

#include <cstddef>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb {

constexpr std::size_t kMaxBsonBytes = 16 * kMiB;  // of a document of a user: maxBsonObjectSize
// What replies and commands may have beyond that, for what surrounds the document.
constexpr std::size_t kBsonSlackBytes = 16 * kKiB;
// Documents and arrays within a document.
constexpr std::size_t kMaxBsonDepth = 200;

constexpr std::size_t kEmptyBsonBytes = 5;

enum class BsonPart : std::uint8_t {
  document,
  command,  // the body of a request: a field that stands twice in it is said as commands say it
};

// The document that `bytes` are, all of them. Errors have MongoDB's codes: 22 for what is no BSON
// or text that is not UTF-8, 15 for what is nested too deeply, 2 (in a command 40413) for a field
// that stands twice in a document.
Result<value::Value> read_bson(BytesView bytes, BsonPart part = BsonPart::document);

// `document`: an object, or a geometry. Appends as many bytes as `bson_size` says
// (dialect/mongodb/type/bson_form.h).
void write_bson(const value::Value& document, Bytes& out);
void write_bson(value::ObjectView fields, Bytes& out);

// A document that is written field by field.
class BsonWriter {
 public:
  explicit BsonWriter(Bytes& out);
  BsonWriter(const BsonWriter&) = delete;
  BsonWriter& operator=(const BsonWriter&) = delete;

  void add(std::string_view name, const value::Value& value);
  void end();  // once, at last

 private:
  Bytes& out_;
  const std::size_t begin_;
};

}  // namespace octavo::mongodb
