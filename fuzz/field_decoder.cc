// Any bytes give rows or `corrupt`, twice the same (by a search and by the shape that it left), and
// what passes the check of all bytes gives what decoding the whole document gives.

#include "value/field_decoder.h"

#include <variant>

#include "base/assert.h"
#include "fuzz.h"
#include "value/document.h"

using octavo::value::Absence;
using octavo::value::Batch;
using octavo::value::FieldDecoder;
using octavo::value::FieldRequest;
using octavo::value::Path;
using octavo::value::Value;
using octavo::value::Vector;
using octavo::value::Want;

namespace {

const std::vector<FieldRequest>& requests() {
  static const std::vector<FieldRequest> all = {
      {*Path::parse("a"), Want::exact},    {*Path::parse("b"), Want::number},
      {*Path::parse("a.b"), Want::exact},  {*Path::parse("a.b.c"), Want::number},
      {*Path::parse("c"), Want::encoded},  {*Path::parse("field7"), Want::exact},
      {*Path::parse(""), Want::encoded},   {*Path::parse("type"), Want::exact},
      {*Path::parse("aa.a"), Want::exact},
  };
  return all;
}

// What a document has at a path through objects (a geometry is none), or why there is nothing.
std::variant<const Value*, Absence> at_path(const Value& document, const Path& path) {
  const Value* at = &document;
  for (const Path::Segment& segment : path.segments()) {
    if (at->is_null()) return Absence::missing;
    if (!at->is_object()) return Absence::other;
    at = at->find(segment.name);
    if (at == nullptr) return Absence::missing;
  }
  if (at->is_null()) return Absence::null;
  return at;
}

void check(const Vector& column, std::size_t row, const FieldRequest& request,
           const Value& document) {
  const auto& [path, want] = request;
  const auto found = at_path(document, path);
  if (const auto* absence = std::get_if<Absence>(&found)) {
    ASSERT(column.absence(row) == *absence);
    return;
  }
  const Value* const expected = std::get<const Value*>(found);
  if (want == Want::number && column.absence(row) == Absence::other) return;
  ASSERT(!column.absence(row));
  const auto value = column.at(row);
  ASSERT(value.has_value() && *value == *expected);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = octavo::fuzz::input(data, size);
  FieldDecoder decoder(requests());
  if (!decoder.add(bytes)) {
    ASSERT(!octavo::value::decode_document(bytes).has_value());
    return 0;
  }
  ASSERT(decoder.add(bytes).has_value());
  Batch batch;
  decoder.finish(batch);
  const bool valid = octavo::value::validate_document(bytes).has_value();
  const auto decoded = octavo::value::decode_document(bytes);
  for (std::size_t i = 0; i < requests().size(); ++i) {
    const Vector& column = batch.column(i);
    ASSERT(column.absence(0) == column.absence(1));
    const auto first = column.at(0);
    const auto second = column.at(1);
    ASSERT(first.has_value() == second.has_value() && (!first || *first == *second));
    if (!valid) continue;
    for (const std::size_t row : {std::size_t{0}, std::size_t{1}}) {
      check(column, row, requests()[i], *decoded);
    }
  }
  return 0;
}
